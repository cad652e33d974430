mod aggregate;
mod categories;
mod facets;
mod filter;
mod prices;
mod products;
mod search;
mod stock;
