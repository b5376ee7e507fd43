//! Spec: spec/node/swarm.md
//!
//! TLS 1.3 as peers use it: both sides show a certificate that the key of their peer ID signed. The
//! ciphers are offered in the order of this processor's speed; the library's own setup always puts
//! ChaCha20 first, which takes four times as long as AES where there are instructions for it.

use super::transport::Error;
use futures::future::{BoxFuture, FutureExt};
use futures::io::{AsyncRead, AsyncWrite};
use futures_rustls::{TlsAcceptor, TlsConnector, TlsStream};
use libp2p::PeerId;
use libp2p::identity::Keypair;
use libp2p::tls::certificate;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::crypto::aws_lc_rs::{self, cipher_suite as cipher};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{
    ClientConfig, DigitallySignedStruct, DistinguishedName, ServerConfig, SignatureScheme,
    SupportedCipherSuite, version,
};
use std::io;
use std::net::Ipv4Addr;
use std::sync::Arc;

/// What is spoken inside, as the libp2p specification has it.
const ALPN: &[u8] = b"libp2p";

/// How certificates may be signed, best first: those of the libp2p specification.
const SIGNATURES: [SignatureScheme; 9] = [
    SignatureScheme::ED25519,
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// Both roles of one node.
#[derive(Clone)]
pub(super) struct Tls {
    client: Arc<ClientConfig>,
    server: Arc<ServerConfig>,
}

impl Tls {
    /// With a certificate for this key.
    pub(super) fn new(key: &Keypair) -> Result<Self, Error> {
        let failed = |error: &dyn std::fmt::Display| Error::Tls(error.to_string());
        let (certificate, secret) = certificate::generate(key).map_err(|error| failed(&error))?;
        let provider = Arc::new(CryptoProvider {
            cipher_suites: cipher_suites().to_vec(),
            ..aws_lc_rs::default_provider()
        });
        let secret = provider.key_provider.load_private_key(secret);
        let secret = secret.map_err(|error| failed(&error))?;
        let own = Arc::new(SingleCertAndKey::from(CertifiedKey::new(vec![certificate], secret)));
        let versions = &[&version::TLS13];

        let mut client = ClientConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(versions)
            .map_err(|error| failed(&error))?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Verifier))
            .with_client_cert_resolver(own.clone());
        let mut server = ServerConfig::builder_with_provider(provider)
            .with_protocol_versions(versions)
            .map_err(|error| failed(&error))?
            .with_client_cert_verifier(Arc::new(Verifier))
            .with_cert_resolver(own);
        client.alpn_protocols = vec![ALPN.to_vec()];
        server.alpn_protocols = vec![ALPN.to_vec()];
        // All servers have the same name here, so that there is nothing to resume by.
        client.resumption = Resumption::disabled();
        server.send_tls13_tickets = 0;
        Ok(Self { client: Arc::new(client), server: Arc::new(server) })
    }

    /// The side that dials, and the side that accepts.
    pub(super) fn configs(&self) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
        (self.client.clone(), self.server.clone())
    }

    /// Secures a socket that was dialled.
    pub(super) fn connect<C>(self, socket: C) -> BoxFuture<'static, Secured<C>>
    where
        C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        async move {
            // An address instead of a name: the specification allows no server name.
            let name = ServerName::IpAddress(Ipv4Addr::UNSPECIFIED.into());
            let stream = TlsConnector::from(self.client).connect(name, socket).await?;
            peer_of(stream.into())
        }
        .boxed()
    }

    /// Secures a socket that was accepted.
    pub(super) fn accept<C>(self, socket: C) -> BoxFuture<'static, Secured<C>>
    where
        C: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    {
        async move { peer_of(TlsAcceptor::from(self.server).accept(socket).await?.into()) }.boxed()
    }
}

type Secured<C> = io::Result<(PeerId, TlsStream<C>)>;

// spec: swarm.tls-ciphers
fn cipher_suites() -> [SupportedCipherSuite; 3] {
    let chacha = cipher::TLS13_CHACHA20_POLY1305_SHA256;
    let (short, long) = (cipher::TLS13_AES_128_GCM_SHA256, cipher::TLS13_AES_256_GCM_SHA384);
    match has_aes() {
        true => [short, long, chacha],
        false => [chacha, short, long],
    }
}

#[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
fn has_aes() -> bool {
    std::arch::is_x86_feature_detected!("aes")
}

#[cfg(target_arch = "aarch64")]
fn has_aes() -> bool {
    std::arch::is_aarch64_feature_detected!("aes")
}

#[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
fn has_aes() -> bool {
    false
}

fn peer_of<C>(stream: TlsStream<C>) -> Secured<C> {
    let certificates = stream.get_ref().1.peer_certificates();
    let Some([one]) = certificates else {
        return Err(io::Error::other("the peer showed no certificate"));
    };
    let peer = certificate::parse(one).map_err(io::Error::other)?.peer_id();
    Ok((peer, stream))
}

/// Takes exactly one certificate, whose extension and signatures are right. Who the peer is is
/// looked at later, whatever secured the connection.
#[derive(Debug)]
struct Verifier;

impl Verifier {
    // spec: swarm.tls
    fn check(one: &CertificateDer<'_>, others: &[CertificateDer<'_>]) -> Result<(), rustls::Error> {
        if !others.is_empty() {
            return Err(rustls::Error::General("more than one certificate".to_owned()));
        }
        // spec: swarm.key-bits
        certificate::parse(one)?;
        Ok(())
    }

    fn check_signature(
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let certificate = certificate::parse(certificate)?;
        certificate.verify_signature(signed.scheme, message, signed.signature())?;
        Ok(HandshakeSignatureValid::assertion())
    }
}

/// Only TLS 1.3 is offered.
fn too_old() -> rustls::Error {
    rustls::Error::General("TLS 1.2".to_owned())
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Self::check(end_entity, intermediates).map(|()| ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(too_old())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Self::check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SIGNATURES.to_vec()
    }
}

impl ClientCertVerifier for Verifier {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &[]
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Self::check(end_entity, intermediates).map(|()| ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Err(too_old())
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Self::check_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        SIGNATURES.to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::{ClientConnection, ServerConnection};

    /// Shakes hands in memory.
    fn shake(client: &Tls, server: &Tls) -> Result<(ClientConnection, ServerConnection), String> {
        let name = ServerName::IpAddress(Ipv4Addr::UNSPECIFIED.into());
        let mut dialler = ClientConnection::new(client.client.clone(), name).unwrap();
        let mut listener = ServerConnection::new(server.server.clone()).unwrap();
        while dialler.is_handshaking() || listener.is_handshaking() {
            let mut bytes = Vec::new();
            dialler.write_tls(&mut bytes).unwrap();
            listener.read_tls(&mut bytes.as_slice()).unwrap();
            listener.process_new_packets().map_err(|error| error.to_string())?;
            bytes.clear();
            listener.write_tls(&mut bytes).unwrap();
            dialler.read_tls(&mut bytes.as_slice()).unwrap();
            dialler.process_new_packets().map_err(|error| error.to_string())?;
        }
        Ok((dialler, listener))
    }

    #[test]
    fn the_cipher_is_the_fastest_and_each_sees_the_other() {
        let keys = [Keypair::generate_ed25519(), Keypair::generate_ecdsa()];
        let [client, server] = keys.each_ref().map(|key| Tls::new(key).unwrap());
        let (dialler, listener) = shake(&client, &server).unwrap();
        let cipher = dialler.negotiated_cipher_suite().unwrap().suite();
        assert_eq!(cipher, cipher_suites()[0].suite());
        let peer = |certificates: Option<&[CertificateDer<'_>]>| {
            certificate::parse(&certificates.unwrap()[0]).unwrap().peer_id()
        };
        assert_eq!(peer(dialler.peer_certificates()), keys[1].public().to_peer_id());
        assert_eq!(peer(listener.peer_certificates()), keys[0].public().to_peer_id());
    }

    #[test]
    fn a_certificate_that_no_key_signed_is_refused() {
        let key = Keypair::generate_ed25519();
        let (honest, other) = (Tls::new(&key).unwrap(), certificate::generate(&key).unwrap().0);
        // One byte of the signature in its extension is another.
        let mut forged = other.to_vec();
        let at = forged.len() / 2;
        forged[at] ^= 1;
        assert!(Verifier::check(&forged.into(), &[]).is_err());
        assert!(Verifier::check(&other, &[]).is_ok());
        assert!(Verifier::check(&other, std::slice::from_ref(&other)).is_err());
        assert!(shake(&honest, &honest).is_ok());
    }
}
