//! Certificates and keys that no honest peer shows: the handshake fails, for that connection alone.
//!
//! The files in `rsa/` are certificates for one P-256 key, each signed as the specification of TLS
//! between peers wants it, by RSA keys of 1,024, 2,048 and 8,704 bits.

use super::frames::{agrees, tcp_to};
use super::hostile::serves;
use super::*;
use futures_rustls::TlsConnector;
use quinn::crypto::rustls::QuicClientConfig;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, UnixTime};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, DigitallySignedStruct, SignatureScheme, version};
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;

const KEY: &[u8] = include_bytes!("rsa/certificate.key");
const SHORT: &[u8] = include_bytes!("rsa/1024.der");
const FINE: &[u8] = include_bytes!("rsa/2048.der");
const LONG: &[u8] = include_bytes!("rsa/8704.der");

/// Believes whatever a server shows.
#[derive(Debug)]
struct Anything;

impl ServerCertVerifier for Anything {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        aws_lc_rs::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

/// A side that dials and shows these certificates, or none.
fn shows(certificates: &[&[u8]], protocol: &str) -> ClientConfig {
    let provider: Arc<CryptoProvider> = Arc::new(aws_lc_rs::default_provider());
    let secret = PrivatePkcs8KeyDer::from(KEY).clone_key().into();
    let secret = provider.key_provider.load_private_key(secret).unwrap();
    let builder = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[&version::TLS13])
        .unwrap()
        .dangerous()
        .with_custom_certificate_verifier(Arc::new(Anything));
    let chain = certificates.iter().map(|one| CertificateDer::from(one.to_vec())).collect();
    let mut config = match certificates {
        [] => builder.with_no_client_auth(),
        _ => {
            let own = SingleCertAndKey::from(CertifiedKey::new(chain, secret));
            builder.with_client_cert_resolver(Arc::new(own))
        }
    };
    config.alpn_protocols = vec![protocol.as_bytes().to_vec()];
    config
}

/// Whether the other side goes on after a handshake over TCP.
async fn over_tcp(to: &Swarm, config: ClientConfig) -> bool {
    let mut socket = tcp_to(to).await;
    assert!(agrees(&mut socket, "/tls/1.0.0").await);
    let name = ServerName::IpAddress(Ipv4Addr::UNSPECIFIED.into());
    match TlsConnector::from(Arc::new(config)).connect(name, socket).await {
        Ok(mut secured) => agrees(&mut secured, "/yamux/1.0.0").await,
        Err(_) => false,
    }
}

/// The socket that a swarm listens on with QUIC.
pub(super) fn quic_address(of: &Swarm) -> SocketAddr {
    let ports = of.listen_addresses().into_iter().find_map(|address| {
        address.iter().find_map(|part| match part {
            Protocol::Udp(port) => Some(port),
            _ => None,
        })
    });
    (Ipv4Addr::LOCALHOST, ports.unwrap()).into()
}

/// An endpoint that dials with this.
pub(super) fn quic_client(config: ClientConfig) -> quinn::Endpoint {
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let runtime = Arc::new(quinn::TokioRuntime);
    let settings = quinn::EndpointConfig::default();
    let mut endpoint = quinn::Endpoint::new(settings, None, socket, runtime).unwrap();
    let crypto = QuicClientConfig::try_from(config).unwrap();
    endpoint.set_default_client_config(quinn::ClientConfig::new(Arc::new(crypto)));
    endpoint
}

/// The same over QUIC.
async fn over_quic(to: &Swarm, config: ClientConfig) -> bool {
    let endpoint = quic_client(config);
    let connecting = endpoint.connect(quic_address(to), "0.0.0.0").unwrap();
    let talk = async {
        let connection = connecting.await.ok()?;
        let (mut send, mut recv) = connection.open_bi().await.ok()?;
        let line = b"\x13/multistream/1.0.0\n";
        send.write_all(line).await.ok()?;
        let mut answer = [0; 20];
        recv.read_exact(&mut answer).await.ok()?;
        (answer == *line).then_some(())
    };
    tokio::time::timeout(Duration::from_secs(10), talk).await.unwrap().is_some()
}

/// Dials both ways with it; whether each went on.
async fn goes_on(victim: &Swarm, certificates: &[&[u8]], protocol: &str) -> [bool; 2] {
    let tcp = over_tcp(victim, shows(certificates, protocol)).await;
    let quic = over_quic(victim, shows(certificates, protocol)).await;
    let wait = async {
        while victim.resources().transient.connections_inbound > 0 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), wait).await.expect("nothing of it stays");
    [tcp, quic]
}

fn identity() -> Vec<u8> {
    let key = Keypair::generate_ed25519();
    libp2p::tls::certificate::generate(&key).unwrap().0.to_vec()
}

/// spec: swarm.key-bits
#[tokio::test]
async fn rsa_keys_that_are_too_short_or_too_long() {
    let victim = start(config(&[TCP, QUIC])).await;
    assert_eq!(goes_on(&victim, &[SHORT], "libp2p").await, [false; 2]);
    assert_eq!(goes_on(&victim, &[LONG], "libp2p").await, [false; 2]);
    assert_eq!(victim.peers(), []);
    assert!(serves(&victim).await);
    assert_eq!(goes_on(&victim, &[FINE], "libp2p").await, [true; 2]);
}

/// spec: swarm.handshake-hostile, swarm.tls, swarm.quic
#[tokio::test]
async fn certificates_that_no_honest_peer_shows() {
    let victim = start(config(&[TCP, QUIC])).await;
    let mut forged = FINE.to_vec();
    let middle = forged.len() / 2;
    forged[middle] ^= 1;
    // Right, but not for the key that signs the handshake.
    let foreign = identity();
    let empty: &[u8] = &[];
    let cases: [&[&[u8]]; 6] =
        [&[], &[&forged], &[FINE, FINE], &[&[7; 100]], &[empty], &[&foreign]];
    for (at, case) in cases.into_iter().enumerate() {
        assert_eq!(goes_on(&victim, case, "libp2p").await, [false; 2], "{at}");
    }
    assert_eq!(goes_on(&victim, &[FINE], "h3").await, [false; 2]);
    assert_eq!(victim.peers(), []);
    assert!(serves(&victim).await);
    assert_eq!(goes_on(&victim, &[FINE], "libp2p").await, [true; 2]);
}
