//! One end of a link: makes a TUN device in its network namespace, and passes packets between it
//! and standard input and output.

use super::link::{read_packet, write_packet};
use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::AsRawFd;
use std::process::Command;

/// The first word of this program that makes it an end of a link.
pub(crate) const WORD: &str = "--tun-end";

/// The device's name.
const NAME: &[u8] = b"slow0";
/// Largest packet, in bytes.
const MTU: usize = 1500;
/// `TUNSETIFF` of `linux/if_tun.h`.
const SET_INTERFACE: libc::c_ulong = 0x4004_54ca;
/// `IFF_TUN | IFF_NO_PI` of the same.
const TUN_WITHOUT_HEADER: i16 = 0x1001;

/// `struct ifreq`, as far as it is needed here.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; 16],
    flags: i16,
    rest: [u8; 22],
}

pub(crate) fn run(words: &[String]) -> Result<(), String> {
    let [ip] = words else { return Err("one address".to_owned()) };
    let device = open().map_err(|error| format!("no TUN device: {error}"))?;
    let ip_words = |words: &str| {
        let status = Command::new("ip").args(words.split(' ')).status();
        match status {
            Ok(status) if status.success() => Ok(()),
            other => Err(format!("ip {words}: {other:?}")),
        }
    };
    ip_words("link set lo up")?;
    ip_words(&format!("addr add {ip}/24 dev slow0"))?;
    ip_words(&format!("link set slow0 mtu {MTU} up"))?;
    let text = |error: std::io::Error| error.to_string();
    write_packet(&mut std::io::stdout(), &[]).map_err(text)?;
    let mut inbound = device.try_clone().map_err(text)?;
    std::thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        while let Some(packet) = read_packet(&mut stdin) {
            // A packet that the system refuses is lost, as packets are.
            let _ = inbound.write(&packet);
        }
        std::process::exit(0);
    });
    let (mut device, mut packet) = (device, [0; MTU + 100]);
    loop {
        let length = device.read(&mut packet).map_err(text)?;
        write_packet(&mut std::io::stdout(), &packet[..length]).map_err(text)?;
    }
}

#[expect(unsafe_code, reason = "the one system call that names a TUN device has no safe wrapper")]
fn open() -> std::io::Result<File> {
    let file = OpenOptions::new().read(true).write(true).open("/dev/net/tun")?;
    let mut request = InterfaceRequest { name: [0; 16], flags: TUN_WITHOUT_HEADER, rest: [0; 22] };
    request.name[..NAME.len()].copy_from_slice(NAME);
    // SAFETY: the descriptor is open, and the request is a whole `struct ifreq` (40 bytes) that
    // lives till the call returns; the kernel only reads and writes within it.
    let result = unsafe { libc::ioctl(file.as_raw_fd(), SET_INTERFACE, &raw mut request) };
    match result {
        0 => Ok(file),
        _ => Err(std::io::Error::last_os_error()),
    }
}
