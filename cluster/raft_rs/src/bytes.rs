//! Reading and writing the layouts of raft_rs.h: little-endian, no padding.

pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(bytes: &'a [u8]) -> Reader<'a> {
        Reader { rest: bytes }
    }

    pub fn slice(&mut self, size: usize) -> &'a [u8] {
        let (taken, rest) = self.rest.split_at(size);
        self.rest = rest;
        taken
    }

    pub fn u8(&mut self) -> u8 {
        self.slice(1)[0]
    }

    pub fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.slice(4).try_into().unwrap())
    }

    pub fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.slice(8).try_into().unwrap())
    }
}

/// What is appended to a buffer that is used again.
pub trait Writer {
    fn put_u8(&mut self, value: u8);
    fn put_u32(&mut self, value: usize);
    fn put_u64(&mut self, value: u64);
    fn put_sized(&mut self, value: &[u8]);
}

impl Writer for Vec<u8> {
    fn put_u8(&mut self, value: u8) {
        self.push(value);
    }

    fn put_u32(&mut self, value: usize) {
        let narrow = u32::try_from(value).expect("a size of 4 GiB or more");
        self.extend_from_slice(&narrow.to_le_bytes());
    }

    fn put_u64(&mut self, value: u64) {
        self.extend_from_slice(&value.to_le_bytes());
    }

    fn put_sized(&mut self, value: &[u8]) {
        self.put_u32(value.len());
        self.extend_from_slice(value);
    }
}
