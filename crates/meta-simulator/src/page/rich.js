// Text as the app shows it: *bold*, _italic_, ~struck~, `code` and links.

import { el } from './dom.js';

const MARKS = [
  [/```([^]+?)```/, (inner) => el('code', {}, inner)],
  [/`([^`\n]+)`/, (inner) => el('code', {}, inner)],
  [/(https?:\/\/[^\s<>"]*[^\s<>".,;:!?)\]])/, (url) => el('a', { href: url, target: '_blank', rel: 'noreferrer' }, url)],
  [/(?<![\p{L}\p{N}*])\*(?!\s)([^*\n]+?)(?<!\s)\*(?![\p{L}\p{N}*])/u, (inner) => el('b', {}, rich(inner))],
  [/(?<![\p{L}\p{N}_])_(?!\s)([^_\n]+?)(?<!\s)_(?![\p{L}\p{N}_])/u, (inner) => el('i', {}, rich(inner))],
  [/(?<![\p{L}\p{N}~])~(?!\s)([^~\n]+?)(?<!\s)~(?![\p{L}\p{N}~])/u, (inner) => el('s', {}, rich(inner))],
];

/// The text as nodes.
export const rich = (text) => {
  let first = null;
  for (const [pattern, render] of MARKS) {
    const match = pattern.exec(text);
    if (match && (!first || match.index < first.match.index)) first = { match, render };
  }
  if (!first) return [text];
  const { match, render } = first;
  const rest = text.slice(match.index + match[0].length);
  return [text.slice(0, match.index), render(match[1]), ...rich(rest)];
};

export const paragraph = (text, className = '') => text && el('p', { className }, rich(String(text)));
