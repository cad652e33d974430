// Voice notes: played with their waveform, and made from sounds.

import { attempt, call, mediaUrl } from './api.js';
import { avatar, el } from './dom.js';
import { icon } from './icons.js';

const BARS = 44;
/// Opus always counts 48,000 samples a second.
const RATE = 48_000;

/// How long the sound is, and how loud from beginning to end, from 0 to 1.
const listen = async (url) => {
  const bytes = await (await fetch(url)).arrayBuffer();
  const context = new OfflineAudioContext(1, 1, RATE);
  const sound = await context.decodeAudioData(bytes);
  const samples = sound.getChannelData(0);
  const step = Math.max(1, Math.floor(samples.length / BARS));
  const bars = Array.from({ length: BARS }, (_, bar) => {
    let peak = 0;
    for (let at = bar * step; at < Math.min((bar + 1) * step, samples.length); at += 1) peak = Math.max(peak, Math.abs(samples[at]));
    return peak;
  });
  const loudest = Math.max(...bars, 0.01);
  return { seconds: sound.duration, bars: bars.map((bar) => bar / loudest) };
};

/// Of a sound that cannot be read: looks like one, and is the same each time.
const imagined = (seed) => Array.from({ length: BARS }, (_, bar) =>
  0.25 + 0.75 * Math.abs(Math.sin(bar * 1.7 + seed.length) * Math.cos(bar * 0.45 + (seed.codePointAt(bar % seed.length) ?? 0))));

const clock = (seconds) => {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
};

/// A player of the voice note. What the business sent is reported as played when it is.
export const player = (file, message) => {
  const url = mediaUrl(file);
  const audio = new Audio(url);
  audio.preload = 'metadata';
  const canvas = el('canvas', { width: 300, height: 52 });
  const left = el('small', {}, '0:00');
  const button = el('button', { type: 'button', className: 'play bare', ariaLabel: 'Play' }, icon('play'));
  let bars = imagined(url);
  // A file that comes as a stream does not tell its length.
  let seconds = 0;
  const paint = () => {
    const pen = canvas.getContext('2d');
    pen.clearRect(0, 0, canvas.width, canvas.height);
    const played = seconds ? audio.currentTime / seconds : 0;
    const width = canvas.width / BARS;
    bars.forEach((bar, index) => {
      const height = Math.max(4, bar * canvas.height);
      pen.fillStyle = index / BARS < played ? '#53bdeb' : '#a8b4ba';
      pen.fillRect(index * width + 1, (canvas.height - height) / 2, width - 3, height);
    });
    left.textContent = clock(audio.currentTime || seconds);
    button.replaceChildren(audio.paused ? icon('play') : icon('pause'));
  };
  const toldPlayed = () => message.statuses?.some((status) => status.status === 'played');
  button.onclick = () => (audio.paused ? audio.play() : audio.pause());
  canvas.onclick = (event) => {
    audio.currentTime = (event.offsetX / canvas.clientWidth) * seconds;
  };
  for (const event of ['timeupdate', 'pause', 'ended', 'loadedmetadata', 'error']) audio.addEventListener(event, paint);
  audio.addEventListener('play', () => {
    paint();
    if (message.direction === 'out' && !message.is_echo && !toldPlayed()) {
      attempt(call('POST', 'statuses', { wamid: message.wamid, status: 'played' }));
    }
  });
  listen(url).then((heard) => { ({ bars, seconds } = heard); paint(); }, paint);
  paint();
  const face = avatar(message.direction === 'in' ? 'You' : 'Business');
  return el('div', { className: 'voice' }, el('span', { className: 'mic' }, face, icon('microphone')), button, el('div', { className: 'wave' }, canvas, left));
};

// Ogg wants its own check sum.
const CRC = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index << 24;
  for (let bit = 0; bit < 8; bit += 1) value = value & 0x80000000 ? (value << 1) ^ 0x04c11db7 : value << 1;
  return value >>> 0;
});

const page = (packet, { sequence, granule, flags }) => {
  const segments = Math.floor(packet.length / 255) + 1;
  const bytes = new Uint8Array(27 + segments + packet.length);
  const view = new DataView(bytes.buffer);
  bytes.set([0x4f, 0x67, 0x67, 0x53, 0, flags]);
  view.setBigUint64(6, BigInt(granule), true);
  view.setUint32(14, 0x6d657461, true);
  view.setUint32(18, sequence, true);
  bytes[26] = segments;
  bytes.fill(255, 27, 26 + segments);
  bytes[26 + segments] = packet.length % 255;
  bytes.set(packet, 27 + segments);
  const sum = bytes.reduce((crc, byte) => ((crc << 8) ^ CRC[((crc >>> 24) ^ byte) & 0xff]) >>> 0, 0);
  view.setUint32(22, sum, true);
  return bytes;
};

const ogg = (packets, frame) => {
  const head = new Uint8Array(19);
  head.set(new TextEncoder().encode('OpusHead'));
  head.set([1, 1], 8);
  new DataView(head.buffer).setUint32(12, RATE, true);
  const tags = new Uint8Array(16);
  tags.set(new TextEncoder().encode('OpusTags'));
  const pages = [page(head, { sequence: 0, granule: 0, flags: 2 }), page(tags, { sequence: 1, granule: 0, flags: 0 })];
  packets.forEach((packet, index) => {
    const flags = index === packets.length - 1 ? 4 : 0;
    pages.push(page(packet, { sequence: index + 2, granule: (index + 1) * frame, flags }));
  });
  return new Blob(pages, { type: 'audio/ogg; codecs=opus' });
};

/// The sound as a voice note, in Ogg with Opus, as the app records it.
export const voiceNote = async (samples) => {
  const frame = RATE / 50;
  const packets = [];
  let failure = null;
  const encoder = new AudioEncoder({
    output: (chunk) => {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      packets.push(packet);
    },
    error: (error) => { failure = error; },
  });
  encoder.configure({ codec: 'opus', sampleRate: RATE, numberOfChannels: 1, bitrate: 24_000 });
  for (let at = 0; at + frame <= samples.length; at += frame) {
    const data = new AudioData({
      format: 'f32', sampleRate: RATE, numberOfFrames: frame, numberOfChannels: 1,
      timestamp: (at / RATE) * 1e6, data: samples.slice(at, at + frame),
    });
    encoder.encode(data);
    data.close();
  }
  await encoder.flush();
  encoder.close();
  if (failure) throw failure;
  return ogg(packets, frame);
};

/// Any sound file as samples.
export const decode = async (blob) => {
  const context = new OfflineAudioContext(1, 1, RATE);
  return (await context.decodeAudioData(await blob.arrayBuffer())).getChannelData(0);
};
