// Pictures of what can be done, drawn rather than written, so that no font decides how they look.

const svg = (viewBox, ...paths) => {
  const node = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  node.setAttribute('viewBox', viewBox);
  node.setAttribute('aria-hidden', 'true');
  for (const d of paths) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d);
    path.setAttribute('fill-rule', 'evenodd');
    node.append(path);
  }
  return node;
};

const TICKS = {
  one: ['M3 5.2l3.4 3.9L13 1.4'],
  two: ['M1 5.2l3.4 3.9L11 1.4', 'M8 8.2l.9.9L15.600 1.400'],
  clock: ['M8.5 1a4.5 4.5 0 1 0 .01 0', 'M8.5 3v3l2 1'],
};

const DRAWN = {
  ad: 'M3 10v4h3l9 5V5l-9 5zM17 9v6a4 4 0 0 0 0-6z',
  audio: 'M12 3v10.500a4 4 0 1 0 2 3.500V7h4V3z',
  badge: 'M12 1l2.900 2.400 3.700-.300.900 3.600 3.200 2-1.400 3.500 1.400 3.400-3.200 2-.900 3.700-3.700-.300L12 23l-2.900-2-3.700.300-.900-3.700-3.200-2 1.400-3.400L1.300 8.700l3.200-2 .900-3.600 3.700.300zM10.700 16.500l6.500-6.800-1.600-1.500-4.900 5.200-2.300-2.300-1.500 1.600z',
  blocked: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM12 4a8 8 0 0 1 6.300 12.900L7.100 5.700A8 8 0 0 1 12 4zM5.700 7.100l11.200 11.200A8 8 0 0 1 5.700 7.100z',
  call: 'M6.600 10.800a15 15 0 0 0 6.600 6.600l2.200-2.200c.3-.3.7-.4 1-.2 1.100.4 2.300.6 3.600.6.6 0 1 .4 1 1V20c0 .6-.4 1-1 1A17 17 0 0 1 3 4c0-.6.4-1 1-1h3.500c.6 0 1 .4 1 1 0 1.200.2 2.400.6 3.600.1.300 0 .700-.2 1z',
  camera: 'M9 4l-1.800 2H4a1.500 1.500 0 0 0-1.500 1.500v11A1.500 1.500 0 0 0 4 20h16a1.500 1.500 0 0 0 1.500-1.500v-11A1.500 1.500 0 0 0 20 6h-3.200L15 4zM12 8.500a4.500 4.500 0 1 1-.01 0zM12 10.500a2.500 2.500 0 1 0 .01 0z',
  cart: 'M2 3h3.300l1 3.500H22L19.500 15H8.300l-.5 1.500H20v2H5l1.600-4.300L3.800 5H2zM8 19a1.700 1.700 0 1 0 .01 0zM17.500 19a1.700 1.700 0 1 0 .01 0z',
  copy: 'M8 3h12v14H8zM10 5v10h8V5zM4 7h2v12h10v2H4z',
  document: 'M6 2h8l5 5v15H6zM13 3.800V8h4.200zM9 12v1.600h7V12zM9 16v1.600h7V16z',
  form: 'M5 3h14v18H5zM8 7.500v1.700h8V7.500zM8 11.500v1.700h8v-1.700zM8 15.500v1.700h5v-1.700z',
  forward: 'M14 9V5l7 7-7 7v-4.100c-5 0-8.500 1.600-11 5.100 1-5 4-10 11-11z',
  list: 'M4 6h16v2H4zM4 11h16v2H4zM4 16h16v2H4z',
  microphone: 'M12 14a3 3 0 0 0 3-3V5a3 3 0 0 0-6 0v6a3 3 0 0 0 3 3zM17 11a5 5 0 0 1-10 0H5a7 7 0 0 0 6 6.900V21h2v-3.100A7 7 0 0 0 19 11z',
  more: 'M12 2l2.500 7 7.500.5-6 4.700 2.200 7.300L12 17.200 5.800 21.500 8 14.200 2 9.500 9.500 9z',
  open: 'M14 3h7v7h-2V6.400l-9.300 9.300-1.400-1.400L17.600 5H14zM5 5h5v2H7v10h10v-3h2v5H5z',
  owner: 'M7 2h10a1 1 0 0 1 1 1v18a1 1 0 0 1-1 1H7a1 1 0 0 1-1-1V3a1 1 0 0 1 1-1zM8 5v12h8V5zM12 18.500a1 1 0 1 0 .01 0z',
  pause: 'M7 5h3.600v14H7zM13.400 5H17v14h-3.600z',
  person: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 20c0-4 4-6 8-6s8 2 8 6z',
  photo: 'M4 5h16a1 1 0 0 1 1 1v12a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V6a1 1 0 0 1 1-1zM5.500 17h13l-4.300-6-3.300 4.300-2.300-2.800z',
  pin: 'M12 2a7 7 0 0 0-7 7c0 5 7 13 7 13s7-8 7-13a7 7 0 0 0-7-7zM12 6.500a2.500 2.500 0 1 1-.01 0z',
  play: 'M7 4.500v15l12-7.500z',
  plus: 'M11 5h2v6h6v2h-6v6h-2v-6H5v-2h6z',
  reply: 'M10 9V5l-7 7 7 7v-4.100c5 0 8.500 1.600 11 5.100-1-5-4-10-11-11z',
  send: 'M3 20.500v-6.300l8.500-2.200L3 9.800V3.500l18.500 8.500z',
  shop: 'M6 8h2.500V6.500a3.500 3.500 0 0 1 7 0V8H18l1 13H5zM10.200 8h3.600V6.500a1.800 1.800 0 0 0-3.600 0z',
  sticker: 'M12 2a10 10 0 1 0 0 20 10 10 0 0 0 0-20zM8.500 8a1.500 1.500 0 1 1-.01 0zM15.500 8a1.500 1.500 0 1 1-.01 0zM7 14h10a5 5 0 0 1-10 0z',
  video: 'M4 6h10a1 1 0 0 1 1 1v10a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V7a1 1 0 0 1 1-1zM16.500 10.500L21 7.500v9l-4.500-3z',
};

/// The icon of this name.
export const icon = (name) => {
  const node = TICKS[name] ? svg('0 0 17 11', ...TICKS[name]) : svg('0 0 24 24', DRAWN[name]);
  node.classList.add('icon');
  return node;
};
