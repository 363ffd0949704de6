import { generate } from "selfsigned";

export interface Pair {
  readonly cert: string;
  readonly key: string;
}

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>["extensions"]>;

const named = (value: string) => [{ name: "commonName", value }];
/** Elliptic curves: an RSA key takes a tenth of a second to make. */
const EC = { keyType: "ec", algorithm: "sha256" } as const;

/** A certificate authority of its own. */
export async function makeAuthority(name: string): Promise<Pair> {
  const extensions: Extensions = [
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, critical: true },
  ];
  const { cert, private: key } = await generate(named(name), { ...EC, extensions });
  return { cert, key };
}

/** A certificate for 127.0.0.1 and `name`, good for servers and clients. */
export async function makeCertificate(name: string, ca: Pair): Promise<Pair> {
  const extensions: Extensions = [
    { name: "basicConstraints", cA: false },
    { name: "keyUsage", digitalSignature: true, critical: true },
    { name: "extKeyUsage", serverAuth: true, clientAuth: true },
    {
      name: "subjectAltName",
      altNames: [
        { type: 2, value: name },
        { type: 7, ip: "127.0.0.1" },
      ],
    },
  ];
  const { cert, private: key } = await generate(named(name), { ...EC, extensions, ca });
  return { cert, key };
}
