//! Connections whose server is not waited for for ever.

use std::{io, time::Duration};

use futures::{
    FutureExt as _, StreamExt as _, TryFutureExt as _, TryStreamExt as _,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use sqlx::{
    Any, AnyConnection, Connection as _, Either, Execute, Executor, SqlStr,
    any::{AnyQueryResult, AnyRow, AnyStatement, AnyTypeInfo},
};
use tokio::time::timeout;

use crate::{outage::Trouble, pooler::Unnamed};

/// How much longer than a statement may take its answer may be on its way.
const ON_ITS_WAY: Duration = Duration::from_secs(2);
/// When a connection that does not say that it is well is taken for lost: somebody waits for it, and
/// another can be had.
const SOON: Duration = Duration::from_secs(1);

/// A connection that statements are sent over.
///
/// A server whose machine is gone closes no connection, and TCP would wait for it for a quarter of
/// an hour. A server that is there ends each statement in time, so one that is silent for longer is
/// gone: that is an error like any other lost connection.
#[derive(Debug)]
pub struct Connection {
    inner: AnyConnection,
    patience: Option<Duration>,
    /// Whether statements may be kept for the next time.
    keeps_statements: bool,
    trouble: Trouble,
}

type Answer = sqlx::Result<Either<AnyQueryResult, AnyRow>>;

impl Connection {
    /// To a server that gives each statement so much time. A file always answers; and where there is
    /// no limit, silence cannot be told from work.
    pub(crate) fn new(
        inner: AnyConnection,
        statement_timeout: Option<Duration>,
        trouble: Trouble,
    ) -> Self {
        let patience = statement_timeout.map(|limit| limit + ON_ITS_WAY);
        Self { inner, patience, keeps_statements: true, trouble }
    }

    /// The same behind a pooler, to which statements are not kept.
    pub(crate) fn without_statements(self) -> Self {
        Self { keeps_statements: false, ..self }
    }

    /// A change was committed over it.
    pub(crate) fn is_well(&self) {
        self.trouble.is_over();
    }

    /// Whether there is still an answer.
    pub(crate) async fn ping(&mut self) -> sqlx::Result<()> {
        within(self.patience.map(|it| it.min(SOON)), self.inner.ping()).await?
    }

    /// For what only works on sqlx's own.
    pub(crate) fn inner(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }
}

async fn within<T>(patience: Option<Duration>, answer: impl Future<Output = T>) -> sqlx::Result<T> {
    let Some(patience) = patience else { return Ok(answer.await) };
    let silent = |_| io::Error::new(io::ErrorKind::TimedOut, "PostgreSQL has fallen silent");
    timeout(patience, answer).await.map_err(|late| sqlx::Error::Io(silent(late)))
}

/// Each of these answers, or that the next one does not come.
fn each_within<'e>(patience: Duration, answers: BoxStream<'e, Answer>) -> BoxStream<'e, Answer> {
    let next = move |answers: Option<BoxStream<'e, Answer>>| async move {
        let mut answers = answers?;
        match within(Some(patience), answers.next()).await {
            Ok(answer) => Some((answer?, Some(answers))),
            Err(silence) => Some((Err(silence), None)),
        }
    };
    stream::unfold(Some(answers), next).boxed()
}

impl<'c> Executor<'c> for &'c mut Connection {
    type Database = Any;

    fn fetch_many<'e, 'q: 'e, E>(self, query: E) -> BoxStream<'e, Answer>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let answers = if self.keeps_statements {
            self.inner.fetch_many(query)
        } else {
            self.inner.fetch_many(Unnamed(query))
        };
        let answers = match self.patience {
            Some(patience) => each_within(patience, answers),
            None => answers,
        };
        answers.inspect_err(|error| self.trouble.note(error)).boxed()
    }

    fn fetch_optional<'e, 'q: 'e, E>(self, query: E) -> BoxFuture<'e, sqlx::Result<Option<AnyRow>>>
    where
        'c: 'e,
        E: 'q + Execute<'q, Any>,
    {
        let answer = if self.keeps_statements {
            self.inner.fetch_optional(query)
        } else {
            self.inner.fetch_optional(Unnamed(query))
        };
        let answer = match self.patience {
            Some(_) => within(self.patience, answer).map(Result::flatten).boxed(),
            None => answer,
        };
        answer.inspect_err(|error| self.trouble.note(error)).boxed()
    }

    fn prepare_with<'e>(
        self,
        sql: SqlStr,
        parameters: &'e [AnyTypeInfo],
    ) -> BoxFuture<'e, sqlx::Result<AnyStatement>>
    where
        'c: 'e,
    {
        self.inner.prepare_with(sql, parameters)
    }
}
