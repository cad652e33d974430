// What slides up from the bottom of the phone: lists, catalogs, forms.

import { app, price, product, send, sendTo } from './api.js';
import { $, el } from './dom.js';
import { icon } from './icons.js';

export const closeSheet = () => { $('sheet').hidden = true; };

const openSheet = (title, content, buttons = []) => {
  const box = el('div', { className: 'box', role: 'dialog', aria: { label: title } },
    el('div', { className: 'head' }, title, el('button', { type: 'button', className: 'bare', ariaLabel: 'Close', onclick: closeSheet }, '✕')),
    el('div', { className: 'scroll' }, content),
    buttons.length > 0 && el('div', { className: 'end' }, buttons));
  $('sheet').replaceChildren(box);
  $('sheet').hidden = false;
  $('sheet').onclick = (event) => { if (event.target === $('sheet')) closeSheet(); };
  box.querySelector('input, textarea, button.primary')?.focus();
};

/// The rows of a list message, of which one is chosen.
export const chooseRow = (message, action) => {
  let chosen = null;
  const go = el('button', { type: 'button', className: 'primary', disabled: true }, 'Send');
  const option = (row) => el('label', { className: 'option' },
    el('span', {}, row.title, row.description && el('small', {}, row.description)),
    el('input', { type: 'radio', name: 'row', onchange: () => { chosen = row; go.disabled = false; } }));
  go.onclick = () => {
    closeSheet();
    sendTo(message, { type: 'list_reply', id: chosen.id, title: chosen.title, description: chosen.description ?? null });
  };
  const sections = action.sections.map((section) => [section.title && el('h3', {}, section.title), section.rows.map(option)]);
  openSheet(action.button, sections.flat(), [go]);
};

const thumb = (item) => (item.image_url
  ? el('img', { className: 'thumb', src: item.image_url, alt: '' })
  : el('span', { className: 'thumb' }, icon('shop')));

/// Products by section, to be put into a cart.
export const shop = (title, catalogId, sections) => {
  const counts = new Map();
  const go = el('button', { type: 'button', className: 'primary', disabled: true }, 'Send cart');
  const option = (item) => el('label', { className: 'option' },
    thumb(item),
    el('span', {}, item.name, el('small', {}, price(item))),
    el('input', {
      type: 'number', min: 0, max: 99, value: 0, ariaLabel: `How many of ${item.name}`,
      oninput: (event) => {
        counts.set(item, Math.max(0, Math.trunc(Number(event.target.value))));
        const total = [...counts.values()].reduce((sum, count) => sum + count, 0);
        go.disabled = total === 0;
        go.textContent = total ? `Send cart (${total})` : 'Send cart';
      },
    }));
  go.onclick = () => {
    closeSheet();
    const items = [...counts].filter(([, count]) => count > 0).map(([item, quantity]) => ({
      product_retailer_id: item.retailer_id, quantity, item_price: item.price, currency: item.currency,
    }));
    send({ type: 'order', catalog_id: catalogId, text: null, items });
  };
  openSheet(title, sections.map((section) => [section.title && el('h3', {}, section.title), section.items.map(option)]).flat(), [go]);
};

export const shopSections = (catalogId, sections) => sections.map((section) => ({
  title: section.title,
  items: section.product_items.map((item) => product(catalogId, item.product_retailer_id)),
}));

/// The whole catalog of the business.
export const shopAll = () => {
  const catalog = app.state.catalogs[0];
  if (!catalog) return openSheet('Catalog', el('p', { className: 'hint' }, 'The simulator knows no catalog of this business. Add one under “News”.'));
  return shop('Catalog', catalog.id, [{ items: catalog.products }]);
};

/// One product, to be bought or asked about.
export const viewProduct = (message, catalogId, item) => {
  const ask = el('button', { type: 'button' }, 'Ask about it');
  ask.onclick = () => {
    closeSheet();
    send({
      type: 'about_product', catalog_id: catalogId, product_retailer_id: item.retailer_id, message_id: message.wamid,
      content: { type: 'text', body: 'Is this still available?' },
    });
  };
  const buy = el('button', { type: 'button', className: 'primary' }, 'Send cart with one');
  buy.onclick = () => {
    closeSheet();
    send({
      type: 'order', catalog_id: catalogId, text: null,
      items: [{ product_retailer_id: item.retailer_id, quantity: 1, item_price: item.price, currency: item.currency }],
    });
  };
  openSheet(item.name, [el('div', { className: 'option' }, thumb(item), el('span', {}, item.name, el('small', {}, price(item))))], [ask, buy]);
};

/// A form, of which the simulator knows only what it shall answer.
export const fillForm = (message, name, label, token) => {
  const given = { ...(token ? { flow_token: token } : {}), answer: 'Blue' };
  const area = el('textarea', { rows: 8, value: JSON.stringify(given, null, 2), ariaLabel: 'Answers as JSON' });
  const go = el('button', { type: 'button', className: 'primary' }, 'Send');
  go.onclick = () => {
    try {
      const response = JSON.parse(area.value);
      closeSheet();
      sendTo(message, { type: 'flow_reply', name, body: 'Sent', response });
    } catch (error) {
      area.setCustomValidity(error.message);
      area.reportValidity();
    }
  };
  area.oninput = () => area.setCustomValidity('');
  openSheet(label, [el('p', { className: 'hint' }, 'What the form shall answer, as JSON:'), area], [go]);
};
