use super::*;

fn cuts(chunker: Chunker, data: &[u8]) -> Vec<usize> {
    chunker.chunks(data).map(|chunk| chunk.expect("memory can be read").len()).collect()
}

#[test]
fn names_are_parsed_as_the_reference_does() {
    assert_eq!("size-10".parse(), Ok(Chunker::Size(10)));
    assert_eq!("default".parse(), Ok(Chunker::default()));
    assert_eq!("rabin".parse(), Ok(Chunker::Rabin { min: 87381, avg: 262_144, max: 393_216 }));
    assert_eq!(
        "rabin-min:16-avg:32-max:64".parse(),
        Ok(Chunker::Rabin { min: 16, avg: 32, max: 64 })
    );
    let error = |text: &str| text.parse::<Chunker>().err().map(|error| error.to_string());
    assert_eq!(error("size-0").as_deref(), Some("chunker size must be greater than 0"));
    assert_eq!(error("nonsense").as_deref(), Some("unrecognized chunker option: nonsense"));
    assert_eq!(error("size-x").as_deref(), Some("strconv.Atoi: parsing \"x\": invalid syntax"));
    assert_eq!("rabin-32-16-64".parse::<Chunker>(), Err(Error::RabinOrder("min", "avg")));
    assert_eq!("rabin-8-16-64".parse::<Chunker>(), Err(Error::RabinMin));
    assert_eq!("size-3000000".parse::<Chunker>(), Err(Error::TooLarge));
}

#[test]
fn fixed_size_leaves_a_shorter_rest() {
    assert_eq!(cuts(Chunker::Size(4), b"0123456789"), [4, 4, 2]);
    assert_eq!(cuts(Chunker::Size(4), b""), [0usize; 0]);
    assert_eq!(cuts(Chunker::Size(5), b"0123456789"), [5, 5]);
}

#[test]
fn content_defined_chunks_stay_within_their_bounds_and_lose_nothing() {
    let data: Vec<u8> =
        (0..3_000_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    for chunker in [Chunker::Buzhash, Chunker::Rabin { min: 1000, avg: 4096, max: 9000 }] {
        let cuts = cuts(chunker, &data);
        assert_eq!(cuts.iter().sum::<usize>(), data.len());
        assert!(cuts.iter().all(|&cut| cut <= chunker.bytes_max()));
        assert!(cuts.len() > 3);
    }
}

#[test]
fn a_failing_reader_ends_the_stream_with_its_error() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::ErrorKind::Other.into())
        }
    }
    let mut chunks = Chunker::default().chunks(Broken);
    assert!(chunks.next().is_some_and(|chunk| chunk.is_err()));
    assert!(chunks.next().is_none());
}
