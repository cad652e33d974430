// What the customer can send, besides tapping on what is there.

import { answer, app, base64, product, send, sendTo } from './api.js';
import { summary } from './bubble.js';
import { $, ask, el, toast } from './dom.js';
import { icon } from './icons.js';
import { hum, pdf, photo, sticker } from './samples.js';
import { shopAll } from './sheets.js';
import { decode, voiceNote } from './voice.js';

const fileOf = async (blob) => ({ mime_type: blob.type || 'application/octet-stream', data: await base64(blob) });
const caption = { name: 'caption', label: 'Caption' };
const chosen = (given) => (given.file?.size ? given.file : null);

const askPhoto = async () => {
  const given = await ask('Photo', [{ name: 'file', label: 'File (a sample if none)', type: 'file', accept: 'image/jpeg,image/png' }, caption]);
  if (given) send({ type: 'image', file: await fileOf(chosen(given) ?? await photo()), caption: given.caption || null });
};
const askVideo = async () => {
  const given = await ask('Video', [{ name: 'file', label: 'File', type: 'file', accept: 'video/mp4,video/3gpp', required: true }, caption]);
  if (given) send({ type: 'video', file: await fileOf(given.file), caption: given.caption || null });
};
const askDocument = async () => {
  const given = await ask('Document', [{ name: 'file', label: 'File (a sample if none)', type: 'file' }, caption]);
  if (!given) return;
  const file = chosen(given);
  send({ type: 'document', file: await fileOf(file ?? pdf('Receipt no. 17')), filename: file?.name ?? 'receipt-17.pdf', caption: given.caption || null });
};
const askVoice = async () => {
  const given = await ask('Voice message', [{ name: 'file', label: 'Any sound file (a sample if none)', type: 'file', accept: 'audio/*' }]);
  if (!given) return;
  try {
    const sound = chosen(given);
    const note = sound ? await voiceNote(await decode(sound)) : await hum();
    await send({ type: 'audio', file: await fileOf(note), voice: true });
  } catch (error) {
    toast(`This browser cannot record it: ${error.message}`);
  }
};
const askAudio = async () => {
  const given = await ask('Audio', [{ name: 'file', label: 'File', type: 'file', accept: 'audio/*', required: true }]);
  if (given) send({ type: 'audio', file: await fileOf(given.file), voice: false });
};
const askSticker = async () => {
  const given = await ask('Sticker', [{ name: 'file', label: 'WebP file (a sample if none)', type: 'file', accept: 'image/webp' }, { name: 'animated', type: 'checkbox', label: 'it moves' }]);
  if (given) send({ type: 'sticker', file: await fileOf(chosen(given) ?? await sticker()), animated: Boolean(given.animated) });
};
/// The place, sent on its own or as an answer to whoever asked for it.
export const askPlace = async (message) => {
  const given = await ask('Location', [
    { name: 'latitude', label: 'Latitude', type: 'number', step: 'any', min: -90, max: 90, value: 19.4326, required: true },
    { name: 'longitude', label: 'Longitude', type: 'number', step: 'any', min: -180, max: 180, value: -99.1332, required: true },
    { name: 'name', label: 'Name', value: 'Zócalo' },
    { name: 'address', label: 'Address', value: 'Plaza de la Constitución, Ciudad de México' },
  ]);
  if (!given) return;
  const content = { type: 'location', latitude: Number(given.latitude), longitude: Number(given.longitude), name: given.name || null, address: given.address || null };
  if (message) sendTo(message, content);
  else send(content);
};
const askCard = async () => {
  const given = await ask('Contact', [
    { name: 'first', label: 'First name', value: 'Lucía', required: true },
    { name: 'last', label: 'Last name', value: 'Gómez' },
    { name: 'phone', label: 'Phone', type: 'tel', value: '+1 (983) 555-2319', required: true },
    { name: 'company', label: 'Company', value: 'Vivero Verde' },
  ]);
  if (!given) return;
  const name = { formatted_name: `${given.first} ${given.last}`.trim(), first_name: given.first };
  if (given.last) name.last_name = given.last;
  const card = { name, phones: [{ phone: given.phone, wa_id: given.phone.replace(/\D/g, ''), type: 'MOBILE' }] };
  if (given.company) card.org = { company: given.company };
  send({ type: 'contacts', contacts: [card] });
};
const askCart = async () => {
  const catalog = app.state.catalogs[0];
  if (catalog) return shopAll();
  const given = await ask('Cart', [
    { name: 'catalog_id', label: 'Catalog ID', value: '194836987003835', required: true },
    { name: 'product', label: 'Product', value: 'SKU1', required: true },
    { name: 'quantity', label: 'Quantity', type: 'number', min: 1, value: 2, required: true },
    { name: 'price', label: 'Price of one', type: 'number', step: 'any', value: 30, required: true },
    { name: 'currency', label: 'Currency', value: 'USD', maxLength: 3, required: true },
    { name: 'text', label: 'Note' },
  ], { hint: 'The simulator knows no catalog of this business; add one under “News” to shop in it.' });
  if (!given) return null;
  const item = { product_retailer_id: given.product, quantity: Number(given.quantity), item_price: Number(given.price), currency: given.currency };
  return send({ type: 'order', catalog_id: given.catalog_id, text: given.text || null, items: [item] });
};

const AD = {
  source_url: 'https://fb.me/3cr4Wqqkv', source_id: '120226305854810726', source_type: 'ad', headline: 'Chat with us',
  body: 'Summer succulents are here!', media_type: 'image', image_url: 'https://example.com/ad.jpg', ctwa_clid: 'Aff-n8ZTODiE79d22KtAwQKj9e',
};
const OTHERS = {
  forwarded: ['Forwarded text', (body) => ({ type: 'forwarded', content: { type: 'text', body } })],
  many: ['Text forwarded many times', (body) => ({ type: 'forwarded', many_times: true, content: { type: 'text', body } })],
  ad: ['First text after a tap on an ad', (body) => ({ type: 'from_ad', referral: AD, content: { type: 'text', body } })],
  product: ['Question about a product', (body) => {
    const catalog = app.state.catalogs[0];
    const item = catalog?.products[0] ?? product(null, 'SKU1');
    return { type: 'about_product', catalog_id: catalog?.id ?? '194836987003835', product_retailer_id: item.retailer_id, message_id: null, content: { type: 'text', body } };
  }],
  welcome: ['Open the chat for the first time', () => ({ type: 'request_welcome' })],
  poll: ['Poll (Meta does not pass it on)', () => ({ type: 'unsupported', kind: 'poll_creation' })],
  once: ['View-once photo (the same)', () => ({ type: 'unsupported', kind: 'view_once' })],
  raw: ['A message object as JSON, from the text', (body) => ({ type: 'raw', message: JSON.parse(body) })],
};
const askOther = async () => {
  const given = await ask('Something else', [
    { name: 'what', label: 'What', options: Object.entries(OTHERS).map(([word, [label]]) => [word, label]) },
    { name: 'body', label: 'Text, where there is one', value: 'Hello! Can I get more info on this?' },
  ]);
  if (!given) return;
  try {
    send(OTHERS[given.what][1](given.body));
  } catch (error) {
    toast(error.message);
  }
};

const ATTACHMENTS = [
  ['photo', 'Photo', askPhoto], ['video', 'Video', askVideo], ['document', 'Document', askDocument], ['microphone', 'Voice', askVoice],
  ['audio', 'Audio', askAudio], ['sticker', 'Sticker', askSticker], ['pin', 'Location', () => askPlace(null)], ['person', 'Contact', askCard],
  ['cart', 'Cart', askCart], ['more', 'Other', askOther],
];

export const startComposing = () => {
  const [form, text, menu] = [$('compose'), $('text'), $('attachments')];
  $('attach').append(icon('plus'));
  $('send').append(icon('send'));
  menu.append(...ATTACHMENTS.map(([name, label, open]) => el('button', {
    type: 'button', role: 'menuitem', onclick: () => { menu.hidden = true; open(); },
  }, el('span', { className: `kind-${name}` }, icon(name)), label)));
  $('attach').onclick = () => { menu.hidden = !menu.hidden; };
  document.addEventListener('click', (event) => {
    if (!menu.contains(event.target) && !$('attach').contains(event.target)) menu.hidden = true;
  });
  const fit = () => {
    text.style.height = 'auto';
    text.style.height = `${text.scrollHeight}px`;
  };
  text.oninput = fit;
  text.onkeydown = (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const body = text.value.trim();
    if (!body) return;
    form.reset();
    fit();
    send({ type: 'text', body });
  };
  document.addEventListener('answering', () => {
    const { answering } = app;
    $('answering').hidden = !answering;
    $('answering').replaceChildren(...(answering ? [
      el('div', { className: 'quote' }, el('b', {}, answering.direction === 'in' ? 'You' : app.business), el('span', {}, summary(answering.body))),
      el('button', { type: 'button', className: 'bare', ariaLabel: 'Do not answer it', onclick: () => answer(null) }, '✕'),
    ] : []));
  });
};
