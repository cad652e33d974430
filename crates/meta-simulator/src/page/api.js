// The simulator behind the page, and what of it the page shows at the moment.

import { toast } from './dom.js';

const base = new URL('api/', document.baseURI);

export const app = {
  number: localStorage.getItem('meta.number') ?? '',
  customer: JSON.parse(localStorage.getItem('meta.customer') ?? 'null'),
  /// The message that the next one answers.
  answering: null,
  state: null,
  refresh: async () => {},
};

export const keyOf = (customer) => customer?.phone ?? customer?.user_id ?? '';
export const contact = () => keyOf(app.customer);
export const mediaUrl = (file) => (file.id ? new URL(`media/${file.id}`, base).href : file.link);

export const call = async (method, path, body) => {
  const response = await fetch(new URL(path, base), {
    method,
    headers: body && { 'Content-Type': 'application/json' },
    body: body && JSON.stringify(body),
  });
  if (!response.ok) throw new Error(`${response.status} ${await response.text()}`);
  return response.status === 204 ? null : response.json();
};

/// Does it, says so if it fails, and shows what came of it.
export const attempt = async (action) => {
  try {
    return await action;
  } catch (error) {
    toast(error.message);
    return null;
  } finally {
    await app.refresh();
  }
};

const whole = (content) => (app.answering
  ? { type: 'reply', message_id: app.answering.wamid, content }
  : content);

/// The customer sends it, as an answer to the chosen message if there is one.
export const send = (content) => {
  if (!app.number || !app.customer) return toast('Choose a business number and a customer first.');
  const message = { phone_number_id: app.number, customer: app.customer, content: whole(content) };
  answer(null);
  return attempt(call('POST', 'messages', message));
};

/// The customer sends it as an answer to this message.
export const sendTo = (message, content) => {
  app.answering = message;
  return send(content);
};

export const answer = (message) => {
  app.answering = message;
  document.dispatchEvent(new Event('answering'));
};

export const announce = (announcement) =>
  attempt(call('POST', 'announcements', { phone_number_id: app.number, ...announcement }));

export const product = (catalogId, retailerId) => {
  const catalogs = app.state?.catalogs ?? [];
  const catalog = catalogs.find((known) => known.id === catalogId) ?? catalogs[0];
  const known = catalog?.products.find((one) => one.retailer_id === retailerId);
  return known ?? { retailer_id: retailerId, name: retailerId, price: 10, currency: 'USD', image_url: null };
};

export const price = ({ price: amount, currency }) => {
  try {
    return new Intl.NumberFormat([], { style: 'currency', currency }).format(amount);
  } catch {
    return `${amount} ${currency}`;
  }
};

export const base64 = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.split(',')[1]);
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});
