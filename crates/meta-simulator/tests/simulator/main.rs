//! The simulator as a business and its customers meet it: over HTTP.

#[cfg(test)]
mod accounts;
#[cfg(test)]
mod bodies;
#[cfg(test)]
mod control;
#[cfg(test)]
mod deliveries;
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
mod validation;
