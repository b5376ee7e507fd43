//! Spec: spec/node/swarm.md
//!
//! Which of TLS and Noise secures a TCP connection: both sides' wishes, in this node's order.

use super::tls::Tls;
use super::transport::Error;
use futures::future::{BoxFuture, Either, FutureExt};
use futures_rustls::TlsStream;
use libp2p::core::UpgradeInfo;
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use libp2p::identity::Keypair;
use libp2p::{PeerId, noise};
use std::io;

const TLS: &str = "/tls/1.0.0";
const NOISE: &str = "/noise";

/// The offers, best first.
#[derive(Clone)]
pub(super) struct Security {
    tls: Option<(i64, Tls)>,
    noise: Option<(i64, noise::Config)>,
}

impl Security {
    /// With priorities, smaller is first; without one it is off.
    pub(super) fn new(key: &Keypair, tls: Option<i64>, noise: Option<i64>) -> Result<Self, Error> {
        if tls.is_none() && noise.is_none() {
            return Err(Error::NoSecurity);
        }
        let noise_config =
            || noise::Config::new(key).map_err(|error| Error::Noise(error.to_string()));
        Ok(Self {
            tls: tls.map(|order| Tls::new(key).map(|tls| (order, tls))).transpose()?,
            noise: noise.map(|order| noise_config().map(|config| (order, config))).transpose()?,
        })
    }
}

impl UpgradeInfo for Security {
    type Info = &'static str;
    type InfoIter = std::vec::IntoIter<&'static str>;

    // spec: swarm.security-order
    fn protocol_info(&self) -> Self::InfoIter {
        let tls = self.tls.as_ref().map(|(order, _)| (*order, TLS));
        let noise = self.noise.as_ref().map(|(order, _)| (*order, NOISE));
        let mut offers: Vec<_> = tls.into_iter().chain(noise).collect();
        offers.sort_by_key(|(order, _)| *order);
        offers.into_iter().map(|(_, name)| name).collect::<Vec<_>>().into_iter()
    }
}

/// What a socket becomes.
type Secured<C> = (PeerId, Either<TlsStream<C>, noise::Output<C>>);

macro_rules! upgrade {
    ($trait:ident, $method:ident, $tls:ident) => {
        impl<C> $trait<C> for Security
        where
            C: futures::AsyncRead + futures::AsyncWrite + Unpin + Send + 'static,
        {
            type Output = Secured<C>;
            type Error = io::Error;
            type Future = BoxFuture<'static, io::Result<Secured<C>>>;

            fn $method(self, socket: C, name: &'static str) -> Self::Future {
                // spec: swarm.tls, swarm.noise
                match (name, self.tls, self.noise) {
                    (TLS, Some((_, tls)), _) => async move {
                        let (peer, stream) = tls.$tls(socket).await?;
                        Ok((peer, Either::Left(stream)))
                    }
                    .boxed(),
                    (_, _, Some((_, noise))) => async move {
                        let result = $trait::$method(noise, socket, name).await;
                        let (peer, stream) = result.map_err(io::Error::other)?;
                        Ok((peer, Either::Right(stream)))
                    }
                    .boxed(),
                    // Only what was offered can have been chosen.
                    _ => async { Err(io::Error::from(io::ErrorKind::Unsupported)) }.boxed(),
                }
            }
        }
    };
}

upgrade!(InboundConnectionUpgrade, upgrade_inbound, accept);
upgrade!(OutboundConnectionUpgrade, upgrade_outbound, connect);
