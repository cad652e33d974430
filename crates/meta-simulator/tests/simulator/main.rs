//! The simulator as a business and its customers meet it: over HTTP.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod announcements;
#[cfg(test)]
mod blocks;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod catalogs;
#[cfg(test)]
mod coexistence;
#[cfg(test)]
mod control;
#[cfg(test)]
mod deliveries;
#[cfg(test)]
mod fixtures;
#[cfg(test)]
mod health;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod limits;
#[cfg(test)]
mod media;
#[cfg(test)]
mod messages;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod scripts;
#[cfg(test)]
mod signatures;
#[cfg(test)]
mod support;
#[cfg(test)]
mod templates;
#[cfg(test)]
mod validation;
