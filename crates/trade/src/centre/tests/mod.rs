//! What the centre promises, tried through its public face with a scripted platform.

mod callbacks;
mod closing;
mod collecting;
mod doors;
mod fixture;
mod givenup;
mod interleavings;
mod journals;
mod kit;
mod platform;
mod recalling;
mod refunding;
mod streams;
