//! Taking ports: all of them, or none, and not before the start is over.

use std::net::SocketAddr;

use crate::{Failure, Process, listener::Listener, process::Bound, told::Told};

/// What answers probes over gRPC is called in messages.
const GRPC: &str = "gRPC health";

/// The port that nobody listens on, so that probes of it fail.
const NEVER: u16 = 8090;

impl Process {
    /// What the process was told before this was over, if anything.
    async fn told_while(&mut self, over: impl Future<Output = ()>) -> Option<Told> {
        tokio::select! {
            () = over => None,
            told = &mut self.told => Some(told),
        }
    }

    /// Takes every port, or none; as soon as the start is over, if ports are closed until then.
    /// Nothing is bound by a process that is told to leave before.
    pub async fn bind(mut self) -> Result<Option<Bound>, Failure> {
        self.check_ports()?;
        if let Some(start) = self.start.take_if(|it| it.closed)
            && let Some(told) = self.told_while(start.over).await
        {
            told.leave_early(&self.shutdown).await;
            return Ok(None);
        }
        let take = |service, address| {
            Listener::bind(address).map_err(|reason| Failure::Address { service, address, reason })
        };
        let listeners = self.services.iter().map(|it| take(it.name, it.address()));
        let listeners = listeners.collect::<Result<_, _>>()?;
        let managed = self.services.iter();
        let managed = managed
            .map(|it| it.management_address().map(|address| take(it.name, address)).transpose());
        let managed = managed.collect::<Result<_, _>>()?;
        let probed = self.probed().map(|address| take(GRPC, address)).transpose()?;
        Ok(Some(Bound { listeners, managed, probed, process: self }))
    }

    /// Where gRPC health will be asked for, if anywhere.
    fn probed(&self) -> Option<SocketAddr> {
        let host = self.services.first().map(|it| it.args.host);
        host.zip(self.probes.grpc_health_port).map(SocketAddr::from)
    }

    fn check_ports(&self) -> Result<(), Failure> {
        let services = self.services.iter();
        let own = services.clone().map(|it| (it.name, it.address()));
        let managed = services.filter_map(|it| Some((it.name, it.management_address()?)));
        let probed = self.probed().map(|address| (GRPC, address));
        match own.chain(managed).chain(probed).find(|(_, address)| address.port() == NEVER) {
            Some((service, _)) => Err(Failure::Setting(format!(
                "{service} may not listen on port {NEVER}: worksheets send probes there to see \
                 them fail; choose another port"
            ))),
            None => Ok(()),
        }
    }
}
