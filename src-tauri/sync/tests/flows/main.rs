//! The whole way against the simulator, over both transports: from finished jobs to tickets.

mod exactly_once;
mod folder;
mod logins;
mod secrets;
mod waiting;
mod whole_way;
mod world;
