//! One writer for a SQLite file, which commits together what many change at the same time.
//!
//! A commit waits for the disk. Changes that wait for their turn meanwhile are put into the same
//! transaction, each behind a savepoint of its own, and one commit makes all of them durable. Nobody
//! is told of success before that.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use tokio::sync::{mpsc, oneshot};

use crate::{Connection, Lease, Transaction, outage::Shared, pool::Pool};

/// How many changes one commit may hold: none waits for more than this many others.
const MOST: usize = 64;

type Request = oneshot::Sender<sqlx::Result<Transaction>>;
type Done = Result<(), Shared>;

/// The queue of those who want to change something.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    requests: mpsc::UnboundedSender<Request>,
    /// Counts commits.
    generation: Arc<AtomicU64>,
}

/// The writer's connection, lent to one change.
pub struct Lent {
    connection: Option<Lease>,
    give_back: Option<oneshot::Sender<Returned>>,
}

struct Returned {
    connection: Lease,
    outcome: Outcome,
}

enum Outcome {
    /// Commit it, and say when that is done.
    Keep(oneshot::Sender<Done>),
    Undo,
}

impl Writer {
    /// Starts writing by the one connection of this pool.
    #[expect(clippy::disallowed_methods, reason = "it ends when the last handle is dropped")]
    pub(crate) fn start(pool: Pool) -> Self {
        let (requests, queue) = mpsc::unbounded_channel();
        let generation = Arc::<AtomicU64>::default();
        tokio::spawn(write(pool, queue, generation.clone()));
        Self { requests, generation }
    }

    /// How often something was committed so far.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::Acquire)
    }

    /// Waits for this change's turn.
    pub(crate) async fn begin(&self) -> sqlx::Result<Transaction> {
        let (request, turn) = oneshot::channel();
        self.requests.send(request).map_err(|_| sqlx::Error::PoolClosed)?;
        turn.await.map_err(|_| sqlx::Error::PoolClosed)?
    }
}

impl Lent {
    pub(crate) fn connection(&self) -> &Connection {
        self.connection.as_ref().expect("lent until it is given back")
    }

    pub(crate) fn connection_mut(&mut self) -> &mut Connection {
        self.connection.as_mut().expect("lent until it is given back")
    }

    /// Waits until the change is durable.
    pub(crate) async fn commit(mut self) -> sqlx::Result<()> {
        let (done, told) = oneshot::channel();
        self.give_back(Outcome::Keep(done));
        match told.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(reason)) => Err(reason.into()),
            Err(_) => Err(sqlx::Error::WorkerCrashed),
        }
    }

    fn give_back(&mut self, outcome: Outcome) {
        if let (Some(connection), Some(give_back)) = (self.connection.take(), self.give_back.take())
        {
            // Nobody is there any more only when the process ends.
            let _ = give_back.send(Returned { connection, outcome });
        }
    }
}

/// A change that is dropped is undone.
impl Drop for Lent {
    fn drop(&mut self) {
        self.give_back(Outcome::Undo);
    }
}

async fn write(
    pool: Pool,
    mut queue: mpsc::UnboundedReceiver<Request>,
    generation: Arc<AtomicU64>,
) {
    let mut idle = None;
    while let Some(first) = queue.recv().await {
        let connection = match idle.take() {
            Some(connection) => Ok(connection),
            None => pool.acquire().await,
        };
        idle = match connection {
            Ok(connection) => group(connection, first, &mut queue, &generation).await,
            Err(error) => {
                let _ = first.send(Err(error));
                None
            }
        };
    }
}

/// Lends the connection to whoever waits, one after the other, and commits for all of them. Gives
/// it back unless it was lost.
async fn group(
    mut connection: Lease,
    first: Request,
    queue: &mut mpsc::UnboundedReceiver<Request>,
    generation: &AtomicU64,
) -> Option<Lease> {
    if let Err(error) = run("BEGIN IMMEDIATE", &mut connection).await {
        refuse(first, error, queue);
        return Some(connection);
    }
    let (mut kept, mut next, mut undone) = (Vec::new(), Some(first), false);
    while let Some(request) = next.take() {
        // The first change needs no savepoint: undoing it undoes everything there is.
        if !kept.is_empty()
            && let Err(error) = run("SAVEPOINT change", &mut connection).await
        {
            let _ = request.send(Err(error));
            break;
        }
        let (give_back, returned) = oneshot::channel();
        let lent = Lent { connection: Some(connection), give_back: Some(give_back) };
        // If they no longer wait, this drops the change, which gives the connection back.
        let _ = request.send(Ok(Transaction::Shared(lent)));
        let Returned { connection: back, outcome } = returned.await.ok()?;
        connection = back;
        match outcome {
            Outcome::Keep(done) => kept.push(done),
            Outcome::Undo if kept.is_empty() => break,
            Outcome::Undo => {
                if run("ROLLBACK TO change", &mut connection).await.is_err() {
                    undone = true;
                    break;
                }
            }
        }
        next = if kept.len() < MOST { queue.try_recv().ok() } else { None };
    }
    let done = if undone {
        Err(Shared::undone())
    } else if kept.is_empty() {
        run("ROLLBACK", &mut connection).await.map_err(|error| Shared::from(&error))
    } else {
        let committed = run("COMMIT", &mut connection).await;
        committed.inspect(|()| connection.is_well()).map_err(|error| Shared::from(&error))
    };
    // Before anybody is told, so that whoever reads after a change counts anew.
    generation.fetch_add(1, Ordering::Release);
    let failed = done.is_err();
    for change in kept {
        let _ = change.send(done.clone());
    }
    if failed {
        let _ = run("ROLLBACK", &mut connection).await;
    }
    Some(connection)
}

/// There is no transaction to be had now. When the file is busy, whoever waits would wait as long for
/// the same answer, one after the other.
fn refuse(first: Request, error: sqlx::Error, queue: &mut mpsc::UnboundedReceiver<Request>) {
    let shared = Shared::from(&error);
    let _ = first.send(Err(error));
    if shared.is_outage() {
        while let Ok(waiting) = queue.try_recv() {
            let _ = waiting.send(Err(shared.clone().into()));
        }
    }
}

async fn run(sql: &'static str, connection: &mut Connection) -> sqlx::Result<()> {
    sqlx::query(sql).execute(connection).await.map(drop)
}
