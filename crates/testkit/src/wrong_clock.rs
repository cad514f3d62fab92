//! A clock that is wrong, for one process.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

const SOURCE: &str = r"
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    int result = syscall(SYS_clock_gettime, clock, now);
    if (result == 0 && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += AHEAD;
    return result;
}

int gettimeofday(struct timeval *now, void *zone) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *to) {
    struct timespec exact;
    clock_gettime(CLOCK_REALTIME, &exact);
    if (to) *to = exact.tv_sec;
    return exact.tv_sec;
}
";

/// Compiles a library which lets the clock of a process be so many seconds ahead that is started with
/// its path in `LD_PRELOAD`. What a process measures time with is as it was.
pub fn clock_ahead_by(seconds: i64, folder: &Path) -> PathBuf {
    let (source, library) = (folder.join("clock.c"), folder.join("clock.so"));
    fs::write(&source, SOURCE).expect("the source is written");
    let ahead = format!("-DAHEAD={seconds}");
    let mut compiler = Command::new("cc");
    compiler.args(["-shared", "-fPIC", "-O1", "-w", &ahead, "-o"]).arg(&library).arg(&source);
    let status = compiler.status().expect("cc runs: it compiles librdkafka, too");
    assert!(status.success(), "the clock cannot be compiled");
    library
}
