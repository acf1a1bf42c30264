// The number that stands for an id where Greenhouse's APIs are spoken: its last 52 bits.
export const numberOf = (id) => Number(BigInt(`0x${id.replaceAll('-', '').slice(-13)}`));
