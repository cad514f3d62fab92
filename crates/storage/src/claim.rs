//! A SQLite file that a process has for itself.

use std::{
    fs::{File, TryLockError},
    io::{self, Read as _, Seek as _, Write as _},
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use crate::Error;

/// How long a start waits for a process that is just ending.
const PATIENCE: Duration = Duration::from_secs(1);
const PAUSE: Duration = Duration::from_millis(50);

/// Holds a service's file until it is dropped, or until the process ends, however it ends: the lock is
/// the operating system's, on a file beside the database. Two processes would each count rows, number
/// changes and wake readers as if they were alone.
#[derive(Debug)]
pub(crate) struct Claim(#[expect(dead_code, reason = "the lock lives as long as it is open")] File);

impl Claim {
    /// Takes the database called `name`, or says which process has it.
    pub(crate) async fn take(folder: &Path, name: &str) -> Result<Self, Error> {
        let (lock, database) =
            (folder.join(format!("{name}.lock")), folder.join(format!("{name}.db")));
        let failed = |reason| Error::Folder { folder: folder.display().to_string(), reason };
        let taken = tokio::task::spawn_blocking(move || wait_for(lock)).await;
        match taken.map_err(io::Error::other).flatten().map_err(failed)? {
            Ok(file) => Ok(Self(file)),
            Err(holder) => {
                Err(Error::InUse { file: database.display().to_string(), process: holder })
            }
        }
    }
}

/// The lock, or the number of the process that has it.
fn wait_for(lock: PathBuf) -> io::Result<Result<File, String>> {
    let mut file =
        File::options().read(true).write(true).create(true).truncate(false).open(lock)?;
    let began = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => break,
            Err(TryLockError::Error(error)) => return Err(error),
            Err(TryLockError::WouldBlock) if began.elapsed() < PATIENCE => {
                std::thread::sleep(PAUSE);
            }
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                let _ = (&file).take(20).read_to_string(&mut holder);
                return Ok(Err(holder.trim().to_owned()));
            }
        }
    }
    // For whoever is refused. A full disk is no reason not to start.
    let _ = file.rewind().and_then(|()| write!(file, "{:<20}", std::process::id()));
    Ok(Ok(file))
}
