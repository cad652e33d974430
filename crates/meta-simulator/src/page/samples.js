// Files to send when nothing else is at hand.

import { voiceNote } from './voice.js';

const canvas = (size, paint) => {
  const node = Object.assign(document.createElement('canvas'), { width: size[0], height: size[1] });
  paint(node.getContext('2d'), ...size);
  return node;
};
const blob = (node, type, quality) => new Promise((resolve) => { node.toBlob(resolve, type, quality); });

export const photo = () => blob(canvas([900, 640], (pen, width, height) => {
  const sky = pen.createLinearGradient(0, 0, 0, height);
  sky.addColorStop(0, '#f6b26b');
  sky.addColorStop(0.55, '#f9d9a8');
  sky.addColorStop(1, '#7fb3a6');
  pen.fillStyle = sky;
  pen.fillRect(0, 0, width, height);
  pen.fillStyle = '#fff3d1';
  pen.beginPath();
  pen.arc(640, 210, 70, 0, 7);
  pen.fill();
  [['#5d8f86', 330, 90], ['#3f7169', 420, 70], ['#274f49', 510, 50]].forEach(([colour, base, swing], layer) => {
    pen.fillStyle = colour;
    pen.beginPath();
    pen.moveTo(0, height);
    for (let x = 0; x <= width; x += 10) pen.lineTo(x, base + Math.sin(x / (110 - layer * 20) + layer * 2) * swing);
    pen.lineTo(width, height);
    pen.fill();
  });
}), 'image/jpeg', 0.85);

export const sticker = () => blob(canvas([512, 512], (pen) => {
  const limb = (colour, width, points) => {
    Object.assign(pen, { strokeStyle: colour, lineWidth: width, lineCap: 'round', lineJoin: 'round' });
    pen.beginPath();
    points.forEach(([x, y]) => pen.lineTo(x, y));
    pen.stroke();
  };
  // A white edge around everything, as stickers have it.
  for (const [colour, more] of [['#fff', 36], ['#2e9e5b', 0]]) {
    limb(colour, 120 + more, [[256, 130], [256, 360]]);
    limb(colour, 62 + more, [[256, 290], [120, 290], [120, 210]]);
    limb(colour, 62 + more, [[256, 250], [392, 250], [392, 160]]);
    limb(more ? '#fff' : '#c8643c', 110 + more, [[190, 410], [322, 410]]);
  }
  limb('#123524', 16, [[232, 190], [232, 192]]);
  limb('#123524', 16, [[282, 190], [282, 192]]);
  limb('#123524', 9, [[238, 226], [257, 238], [276, 226]]);
}), 'image/webp', 0.9);

/// Three seconds of somebody humming.
export const hum = () => {
  const rate = 48_000;
  const samples = Float32Array.from({ length: rate * 3 }, (_, at) => {
    const seconds = at / rate;
    const pitch = 190 + 40 * Math.sin(seconds * 5) + 25 * Math.sin(seconds * 13);
    const syllable = Math.max(0, Math.sin(seconds * 9)) * (0.6 + 0.4 * Math.sin(seconds * 2.1));
    return 0.32 * syllable * (Math.sin(seconds * pitch * 6.283) + 0.4 * Math.sin(seconds * pitch * 12.566));
  });
  return voiceNote(samples);
};

/// One page that says these words, which are plain letters.
export const pdf = (words) => {
  const line = `BT /F1 24 Tf 72 720 Td (${words.replace(/[()\\]/g, '')}) Tj ET`;
  const objects = [
    '<< /Type /Catalog /Pages 2 0 R >>',
    '<< /Type /Pages /Kids [3 0 R] /Count 1 >>',
    '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R /Resources << /Font << /F1 5 0 R >> >> >>',
    `<< /Length ${line.length} >>\nstream\n${line}\nendstream`,
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>',
  ];
  let text = '%PDF-1.4\n';
  const offsets = objects.map((object, index) => {
    const offset = text.length;
    text += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  const end = `xref\n0 6\n0000000000 65535 f \n${table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${text.length}\n%%EOF`;
  return new Blob([text + end], { type: 'application/pdf' });
};
