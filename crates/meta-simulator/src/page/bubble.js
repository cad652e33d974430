// One message, as the customer's phone shows it.

import { app, attempt, call, price, product, send, sendTo } from './api.js';
import { el, time, toast } from './dom.js';
import { icon } from './icons.js';
import { media, people, place } from './media.js';
import { paragraph } from './rich.js';
import { chooseRow, fillForm, shop, shopAll, shopSections, viewProduct } from './sheets.js';
import { askPlace } from './compose.js';

/// A message in one line.
export const summary = (body) => {
  const kind = body.type ?? 'text';
  const it = body[kind] ?? {};
  const words = {
    text: () => it.body,
    image: () => `📷 ${it.caption ?? 'Photo'}`,
    video: () => `🎬 ${it.caption ?? 'Video'}`,
    audio: () => (it.voice ? '🎤 Voice message' : '🎵 Audio'),
    document: () => `📄 ${it.filename ?? 'Document'}`,
    sticker: () => 'Sticker',
    location: () => `📍 ${it.name ?? 'Location'}`,
    contacts: () => `👤 ${it[0]?.name?.formatted_name ?? 'Contact'}`,
    reaction: () => (it.emoji ? `Reacted ${it.emoji}` : 'Took a reaction back'),
    order: () => '🛒 Cart',
    button: () => it.text,
    interactive: () => it.body?.text ?? it[it.type]?.title ?? it[it.type]?.body ?? 'Message',
    template: () => `Template ${it.name}`,
  };
  return (words[kind]?.() ?? kind.replaceAll('_', ' ')).toString();
};

/// A button below the bubble. Once one was tapped, the others are grey.
const choice = (message, label, onclick, { drawn, lasting = false } = {}) => {
  const taken = message.taken === label;
  return el('button', {
    type: 'button', className: `choice${taken ? ' taken' : ''}`, onclick,
    disabled: !lasting && Boolean(message.taken),
  }, drawn && icon(drawn), label);
};
const link = (label, href, drawn = 'open') => el('a', { className: 'choice', href, target: '_blank', rel: 'noreferrer' }, icon(drawn), label);

const header = (message, it) => {
  if (!it) return [];
  return it.type === 'text' ? [paragraph(it.text, 'title')] : media(it.type, it[it.type], message);
};

const productCard = (item) => el('div', { className: 'product' },
  item.image_url ? el('img', { className: 'shot', src: item.image_url, alt: '' }) : el('div', { className: 'shot' }, icon('shop')),
  el('div', { className: 'about' }, el('b', {}, item.name), el('span', { className: 'small' }, price(item))));

const reply = (it) => {
  const answer = it[it.type] ?? {};
  if (it.type === 'nfm_reply') return [paragraph(answer.body ?? 'Form', 'title'), el('pre', {}, answer.response_json)];
  return [paragraph(answer.title ?? answer.response ?? it.type), paragraph(answer.description, 'small')];
};

const interactive = (message, it) => {
  if (it.type.endsWith('_reply')) return { parts: reply(it) };
  const action = it.action ?? {};
  const parameters = action.parameters ?? {};
  const parts = [...header(message, it.header), paragraph(it.body?.text), paragraph(it.footer?.text, 'foot')];
  const choices = {
    button: () => action.buttons.map(({ reply: one }) => choice(message, one.title, () => sendTo(message, { type: 'button_reply', ...one }), { drawn: 'reply' })),
    list: () => [choice(message, action.button, () => chooseRow(message, action), { drawn: 'list', lasting: true })],
    cta_url: () => [link(parameters.display_text, parameters.url)],
    flow: () => [choice(message, parameters.flow_cta, () => fillForm(message, 'flow', parameters.flow_cta, parameters.flow_token), { drawn: 'form', lasting: true })],
    product: () => {
      const item = product(action.catalog_id, action.product_retailer_id);
      parts.unshift(productCard(item));
      return [choice(message, 'View', () => viewProduct(message, action.catalog_id, item), { lasting: true })];
    },
    product_list: () => {
      const sections = shopSections(action.catalog_id, action.sections);
      const count = sections.reduce((sum, section) => sum + section.items.length, 0);
      parts.unshift(productCard({ ...sections[0].items[0], name: `${count} items`, price: sections[0].items[0].price }));
      return [choice(message, 'View items', () => shop(it.header?.text ?? 'Items', action.catalog_id, sections), { lasting: true })];
    },
    catalog_message: () => {
      const shown = parameters.thumbnail_product_retailer_id ?? app.state.catalogs[0]?.products[0]?.retailer_id;
      if (shown) parts.unshift(productCard(product(app.state.catalogs[0]?.id, shown)));
      return [choice(message, 'View catalog', shopAll, { drawn: 'shop', lasting: true })];
    },
    location_request_message: () => [choice(message, 'Send location', () => askPlace(message), { drawn: 'pin', lasting: true })],
    address_message: () => [choice(message, 'Provide address', () => fillForm(message, 'address_message', 'Provide address'), { lasting: true })],
  };
  return { parts, choices: choices[it.type]?.() ?? [choice(message, it.type.replaceAll('_', ' '), () => {}, { lasting: true })] };
};

const filled = (text, parameters) => text.replace(/\{\{\s*(\w+)\s*\}\}/g, (whole, name) => {
  const parameter = parameters.find((one) => one.parameter_name === name) ?? parameters[Number(name) - 1];
  const value = parameter?.[parameter.type];
  return value?.fallback_value ?? (typeof value === 'string' ? value : whole);
});

const parametersOf = (it, kind) => it.components?.find((part) => part.type.toLowerCase() === kind)?.parameters ?? [];

/// A template of which only what was filled in is known.
const outline = (message, it) => {
  const parts = [paragraph(`Template ${it.name} (${it.language.code})`, 'small')];
  const choices = [];
  for (const component of it.components ?? []) for (const parameter of component.parameters ?? []) {
    const value = parameter[parameter.type];
    if (['image', 'video', 'document'].includes(parameter.type)) parts.push(...media(parameter.type, value, message));
    else if (parameter.type === 'location') parts.push(...place(value));
    else if (parameter.type === 'payload') choices.push(choice(message, value, () => sendTo(message, { type: 'button', payload: value, text: value }), { drawn: 'reply' }));
    else if (parameter.type === 'coupon_code') choices.push(choice(message, 'Copy code', () => copy(value), { drawn: 'copy', lasting: true }));
    else parts.push(paragraph(value.fallback_value ?? (typeof value === 'string' ? value : JSON.stringify(value))));
  }
  return { parts, choices };
};

const copy = (code) => navigator.clipboard.writeText(code).then(() => toast(`Copied ${code}`), () => toast(code));

const templateButton = (message, it, button, index) => {
  const component = it.components?.find((part) => part.type.toLowerCase() === 'button' && part.index === String(index));
  const parameter = component?.parameters?.[0];
  const value = parameter?.[parameter.type];
  switch (button.type) {
    case 'QUICK_REPLY': return choice(message, button.text, () => sendTo(message, { type: 'button', payload: value ?? button.text, text: button.text }), { drawn: 'reply' });
    case 'URL': return link(button.text, filled(button.url, [parameter].filter(Boolean)));
    case 'PHONE_NUMBER': return link(button.text, `tel:${button.phone_number}`, 'call');
    case 'COPY_CODE': case 'OTP': return choice(message, button.text ?? 'Copy code', () => copy(value ?? ''), { drawn: 'copy', lasting: true });
    case 'FLOW': return choice(message, button.text, () => fillForm(message, 'flow', button.text, value?.flow_token), { drawn: 'form', lasting: true });
    case 'CATALOG': case 'MPM': return choice(message, button.text ?? 'View catalog', () => (value?.sections
      ? shop(button.text, app.state.catalogs[0]?.id, shopSections(app.state.catalogs[0]?.id, value.sections))
      : shopAll()), { drawn: 'shop', lasting: true });
    default: return choice(message, button.text ?? button.type, () => {}, { lasting: true });
  }
};

const template = (message, it) => {
  const known = app.state.templates.find((one) => one.name === it.name && one.language === it.language.code);
  if (!known) return outline(message, it);
  const parts = [];
  let choices = [];
  for (const component of known.components) {
    const given = parametersOf(it, component.type.toLowerCase());
    if (component.type === 'HEADER' && component.format === 'TEXT') parts.push(paragraph(filled(component.text, given), 'title'));
    else if (component.type === 'HEADER' && given[0]?.type === 'location') parts.push(...place(given[0].location));
    else if (component.type === 'HEADER' && given[0]) parts.push(...media(given[0].type, given[0][given[0].type], message));
    else if (component.type === 'BODY') parts.push(paragraph(component.text ? filled(component.text, given) : `*${given[0]?.text}* is your verification code. For your security, do not share this code.`));
    else if (component.type === 'FOOTER') parts.push(paragraph(component.text ?? `This code expires in ${component.code_expiration_minutes} minutes.`, 'foot'));
    else if (component.type === 'BUTTONS') choices = component.buttons.map((button, index) => templateButton(message, it, button, index));
  }
  return { parts, choices };
};

const cart = (it) => {
  const total = it.product_items.reduce((sum, item) => sum + item.quantity * item.item_price, 0);
  const count = it.product_items.reduce((sum, item) => sum + item.quantity, 0);
  return [
    el('div', { className: 'card' }, el('span', { className: 'thumb' }, icon('cart')),
      el('span', {}, `${count} ${count === 1 ? 'item' : 'items'}`, el('small', {}, `${price({ price: total, currency: it.product_items[0]?.currency ?? 'USD' })} (estimated total)`))),
    ...it.product_items.map((item) => paragraph(`${item.quantity} × ${product(it.catalog_id, item.product_retailer_id).name}`, 'small')),
    paragraph(it.text),
  ];
};

/// What the customer sees, and the program does not.
const unpassed = (kind) => {
  const words = kind === 'unsupported' ? 'something' : kind.replaceAll('_', ' ');
  return { parts: [paragraph(words[0].toUpperCase() + words.slice(1)), paragraph('Meta passes on no more than this name of it.', 'small')] };
};

const content = (message) => {
  const { body } = message;
  const kind = body.type ?? 'text';
  const it = body[kind];
  if (message.revoked) return { parts: [el('p', { className: 'gone' }, icon('blocked'), message.direction === 'in' ? 'You deleted this message' : 'This message was deleted')] };
  switch (it && kind) {
    case 'text': return { parts: [paragraph(it.body)] };
    case 'image': case 'video': case 'audio': case 'document': case 'sticker': return { parts: media(kind, it, message) };
    case 'location': return { parts: place(it) };
    case 'contacts': return { parts: people(it), choices: [choice(message, it.length > 1 ? 'View all' : 'Message', () => toast('The phone would open the card.'), { lasting: true })] };
    case 'order': return { parts: cart(it) };
    case 'button': return { parts: [paragraph(it.text)] };
    case 'interactive': return interactive(message, it);
    case 'template': return template(message, it);
    case 'reaction': return { parts: [paragraph(it.emoji ? `Reacted ${it.emoji} to an earlier message` : 'Took a reaction back', 'gone')] };
    case 'unsupported': return unpassed(it.type);
    default: return unpassed(kind);
  }
};

const ticks = (message) => {
  if (message.direction === 'in') return el('span', { className: message.read ? 'read' : '', title: message.read ? 'read by the business' : 'not read yet' }, icon('two'));
  if (message.is_echo) return '';
  const words = message.statuses.map((status) => status.status);
  const failed = message.statuses.find((status) => status.status === 'failed');
  const has = (word) => words.includes(word);
  const title = ['accepted', ...words].join(', ');
  if (failed && !has('delivered') && !has('read')) return el('span', { className: 'failed', title }, `⚠ ${failed.error_code ?? 'failed'}`);
  if (has('read') || has('played')) return el('span', { className: 'read', title }, icon('two'));
  if (has('delivered')) return el('span', { title }, icon('two'));
  return el('span', { title }, has('sent') ? icon('one') : icon('clock'));
};

const quote = (message) => {
  if (!message.quoted) return null;
  const { original } = message.quoted;
  const who = !original ? '' : original.direction === 'in' ? 'You' : app.business;
  return el('div', { className: 'quote' }, el('b', {}, who), el('span', {}, original ? summary(original.body) : 'An earlier message'));
};

const labels = ({ body, is_echo, referred }) => [
  (body.context?.forwarded || body.context?.frequently_forwarded) && el('div', { className: 'label' }, icon('forward'), body.context.forwarded ? 'Forwarded' : 'Forwarded many times'),
  body.referral && el('div', { className: 'quote' }, el('b', {}, body.referral.headline ?? 'Ad'), el('span', {}, body.referral.body ?? body.referral.source_url)),
  referred && el('div', { className: 'quote' }, el('b', {}, product(referred.catalog_id, referred.product_retailer_id).name), el('span', {}, price(product(referred.catalog_id, referred.product_retailer_id)))),
  is_echo && el('div', { className: 'label' }, icon('owner'), 'typed on the owner’s phone'),
];

/// The message with everything that hangs on it; `openMenu` shows what can be done with it.
export const bubble = (message, openMenu) => {
  const { parts, choices = [] } = content(message);
  const kind = message.body.type ?? 'text';
  const isWide = choices.length > 0 || ['location', 'order'].includes(kind);
  const bare = kind === 'sticker' && !message.revoked;
  const reactions = Object.values(message.reactions).filter(Boolean);
  const chevron = el('button', { type: 'button', className: 'chevron', ariaLabel: 'Message menu', onclick: (event) => openMenu(message, event.currentTarget) }, '⌄');
  return el('div', { className: `turn ${message.direction}${isWide ? ' wide' : ''}` },
    el('div', { className: `bubble${bare ? ' bareish' : ''}` },
      labels({ ...message, referred: message.body.context?.referred_product }),
      quote(message),
      parts,
      el('div', { className: 'meta' }, message.edited && el('span', {}, 'Edited'), el('span', {}, time(message.at)), ticks(message)),
      chevron),
    choices.length > 0 && el('div', { className: 'choices' }, choices),
    reactions.length > 0 && el('div', { className: 'reactions' }, reactions.join('')));
};

export const react = (message, emoji) => send({ type: 'reaction', message_id: message.wamid, emoji });
export const report = (message, status, error_code) => attempt(call('POST', 'statuses', { wamid: message.wamid, status, error_code }));
