mod aggregate;
mod categories;
mod filter;
mod prices;
mod products;
mod search;
mod stock;
