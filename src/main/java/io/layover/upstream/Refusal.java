package io.layover.upstream;

import java.util.Locale;

/** Why an answer of an upstream is not taken, as the figures know it. */
enum Refusal {
  /** It sends us to an address that is none of its business. */
  ADDRESS,
  /** It redirects in circles, to nowhere, or to less protection. */
  REDIRECT,
  /** Its challenge names no token server that could be asked. */
  REALM,
  /** A document has more bytes than any good one. */
  SIZE,
  /** The head of the answer has more bytes than any good one. */
  HEADERS,
  /** The answer, or a document, takes longer to arrive than any good one. */
  SLOW,
  /** The content is compressed in transfer, so that its digest cannot be right. */
  ENCODING,
  /** The content is not the one that was asked for. */
  DIGEST,
  /** The content is not what it should be, such as a manifest. */
  CONTENT;

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
