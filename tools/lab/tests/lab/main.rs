//! `lab`, as a person starts it. One executable, so that it is built once and everything in it can run
//! side by side.

mod doctor;
mod grade;
mod load;
mod migrate;
mod person;
mod room;
mod verify;
mod watch;
