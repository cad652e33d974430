// The chat on the phone: its messages in order, and what can be done with each.

import { answer, app, attempt, call, send } from './api.js';
import { bubble, react, report } from './bubble.js';
import { $, ask, el } from './dom.js';

const EMOJIS = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/// What a tap on a message's button says.
const tapped = (body) => {
  if (body.type === 'button') return body.button.text;
  const kind = body.interactive?.type;
  return kind === 'button_reply' ? body.interactive.button_reply.title : null;
};

/// Puts reactions, edits, deletions and taps onto the messages that they are for.
const fold = (messages) => {
  const byId = new Map();
  const shown = [];
  for (const message of messages) {
    const { body } = message;
    const it = body[body.type ?? 'text'];
    const target = byId.get(it?.message_id ?? it?.original_message_id);
    if (body.type === 'reaction' && target) {
      target.reactions[message.direction] = it.emoji;
    } else if (body.type === 'revoke' && target) {
      target.revoked = true;
    } else if (body.type === 'edit' && target) {
      target.body = { ...it.message, context: target.body.context };
      target.edited = true;
    } else {
      const quotedId = body.context?.message_id ?? body.context?.id;
      const original = byId.get(quotedId);
      const view = { ...message, reactions: {}, quoted: quotedId ? { original } : null };
      if (original && tapped(body)) original.taken = tapped(body);
      byId.set(message.wamid, view);
      shown.push(view);
    }
  }
  return shown;
};

const day = (at) => {
  const days = Math.round((new Date().setHours(0, 0, 0, 0) - new Date(at).setHours(0, 0, 0, 0)) / 864e5);
  return ['Today', 'Yesterday'][days] ?? new Date(at).toLocaleDateString([], { dateStyle: 'long' });
};

const closeMenu = () => document.querySelector('.menu')?.remove();
document.addEventListener('click', (event) => { if (!event.target.closest?.('.chevron')) closeMenu(); });
document.addEventListener('keydown', (event) => { if (event.key === 'Escape') closeMenu(); });

const edit = async (message) => {
  const old = message.body.text?.body ?? '';
  const given = await ask('Edit message', [{ name: 'body', label: 'Text', value: old, required: true }], { button: 'Save' });
  if (given) write(message, { type: 'edit', message_id: message.wamid, content: { type: 'text', body: given.body } });
};
/// Sends it as whoever wrote the message.
const write = (message, content) => (message.is_echo
  ? attempt(call('POST', 'echoes', { phone_number_id: app.number, customer: app.customer, content }))
  : send(content));
const fail = async (message) => {
  const given = await ask('Report as failed', [{ name: 'code', label: 'Error code', type: 'number', value: 131026, required: true }], { button: 'Report' });
  if (given) report(message, 'failed', Number(given.code));
};

const openMenu = (message, button) => {
  const wasOpen = document.querySelector('.menu');
  closeMenu();
  if (wasOpen) return;
  const isOurs = message.direction === 'out' && !message.is_echo;
  const item = (label, onclick) => el('button', { type: 'button', role: 'menuitem', onclick }, label);
  const mine = message.reactions.in;
  const menu = el('div', { className: 'menu', role: 'menu' },
    el('div', { className: 'emojis' }, EMOJIS.map((emoji) => item(emoji, () => react(message, emoji)))),
    mine && item(`Take ${mine} back`, () => react(message, null)),
    item('Reply', () => { answer(message); $('text').focus(); }),
    !isOurs && message.body.text && item('Edit', () => edit(message)),
    !isOurs && item('Delete for everyone', () => write(message, { type: 'revoke', message_id: message.wamid })),
    isOurs && item('Report as delivered', () => report(message, 'delivered')),
    isOurs && item('Report as read', () => report(message, 'read')),
    isOurs && item('Report as failed…', () => fail(message)),
    item('Copy its id', () => navigator.clipboard.writeText(message.wamid)));
  const screen = document.querySelector('.screen');
  screen.append(menu);
  const [frame, at] = [screen.getBoundingClientRect(), button.getBoundingClientRect()];
  const left = Math.min(Math.max(8, at.right - frame.left - menu.offsetWidth), frame.width - menu.offsetWidth - 8);
  const top = Math.min(at.bottom - frame.top + 2, frame.height - menu.offsetHeight - 8);
  Object.assign(menu.style, { left: `${left}px`, top: `${top}px` });
  menu.querySelector('button').focus();
};

/// What is drawn already, by what it shows: playing sounds and open films stay as they are.
const drawn = new Map();
const nodeOf = (key, make) => {
  if (!drawn.has(key)) drawn.set(key, make());
  return drawn.get(key);
};

const catchUp = (list, wanted) => {
  for (const node of [...list.children]) if (!wanted.includes(node)) node.remove();
  wanted.forEach((node, index) => {
    if (list.children[index] !== node) list.insertBefore(node, list.children[index] ?? null);
  });
};

export const drawTalk = () => {
  const { messages, catalogs, templates, blocked, typing } = app.state;
  const talk = $('talk');
  const atEnd = talk.scrollHeight - talk.scrollTop - talk.clientHeight < 80;
  const context = JSON.stringify([catalogs, templates, app.business]);
  const wanted = [];
  const keys = new Set();
  const add = (key, make) => {
    keys.add(key);
    wanted.push(nodeOf(key, make));
  };
  let today = null;
  for (const message of fold(messages)) {
    if (day(message.at) !== today) {
      today = day(message.at);
      const words = today;
      add(`day ${words}`, () => el('div', { className: 'day' }, words));
    }
    add(JSON.stringify([message, context]), () => bubble(message, openMenu));
  }
  if (!messages.length) {
    const words = app.customer ? `You are ${app.customer.name || 'a customer'}. Write to the business below.` : 'Choose on the left who you are.';
    add(words, () => el('p', { className: 'empty' }, words));
  }
  if (typing) add('typing', () => el('div', { className: 'turn out' }, el('div', { className: 'bubble typing', ariaLabel: 'typing' }, el('i'), el('i'), el('i'))));
  if (blocked) add('blocked', () => el('div', { className: 'note' }, 'The business has blocked you. What you write goes nowhere.'));
  catchUp(talk, wanted);
  for (const key of drawn.keys()) if (!keys.has(key)) drawn.delete(key);
  if (!atEnd) return;
  const toEnd = () => { talk.scrollTop = talk.scrollHeight; };
  toEnd();
  for (const image of talk.querySelectorAll('img')) if (!image.complete) image.onload = toEnd;
};
