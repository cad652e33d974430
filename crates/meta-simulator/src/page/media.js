// Pictures, films, sounds, files, places and people in a bubble.

import { mediaUrl } from './api.js';
import { avatar, el } from './dom.js';
import { icon } from './icons.js';
import { paragraph } from './rich.js';
import { player } from './voice.js';

const EXTENSIONS = { 'application/pdf': 'PDF', 'text/plain': 'TXT' };

const documentCard = (file) => {
  const name = file.filename ?? 'Document';
  const extension = /\.([a-z0-9]{1,5})$/i.exec(name)?.[1].toUpperCase() ?? EXTENSIONS[file.mime_type] ?? 'FILE';
  return el('a', { className: 'card', href: mediaUrl(file), target: '_blank', rel: 'noreferrer' },
    el('span', { className: 'file' }, extension),
    el('span', {}, name, el('small', {}, file.mime_type ?? extension)));
};

export const media = (kind, file, message) => {
  const url = mediaUrl(file);
  const caption = paragraph(file.caption);
  switch (kind) {
    case 'image': return [el('img', { className: 'picture', src: url, alt: file.caption ?? 'Photo' }), caption];
    case 'sticker': return [el('img', { className: 'sticker', src: url, alt: 'Sticker' })];
    case 'video': return [el('video', { className: 'picture', src: url, controls: true, preload: 'metadata' }), caption];
    case 'audio': return [player(file, message)];
    default: return [documentCard(file), caption];
  }
};

export const place = (it) => {
  const where = `https://maps.google.com/?q=${it.latitude},${it.longitude}`;
  return [
    el('a', { href: where, target: '_blank', rel: 'noreferrer', ariaLabel: 'Open the map' }, el('div', { className: 'map' }, icon('pin'))),
    paragraph(it.name, 'title'),
    paragraph(it.address, 'small'),
    paragraph(`${Number(it.latitude).toFixed(5)}, ${Number(it.longitude).toFixed(5)}`, 'small'),
  ];
};

export const people = (cards) => cards.map((card) => {
  const name = card.name?.formatted_name ?? 'Somebody';
  const lines = [
    ...(card.phones ?? []).map((one) => one.phone ?? one.wa_id),
    ...(card.emails ?? []).map((one) => one.email),
    card.org?.company,
  ].filter(Boolean);
  return el('div', { className: 'person' }, avatar(name), el('span', {}, el('b', {}, name), lines.map((line) => el('small', {}, line))));
});
