package io.layover.config;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;

/**
 * The section {@code health}. A check fails when it has failed {@code threshold} times in a row; a
 * timeout of 0 is none.
 */
public record Health(
    StorageDriver storagedriver, List<FileCheck> file, List<HttpCheck> http, List<TcpCheck> tcp) {
  private static final Duration INTERVAL = Duration.ofSeconds(10);

  /** The store answers. */
  public record StorageDriver(boolean enabled, Duration interval, int threshold) {
    private static StorageDriver read(Section s) {
      return new StorageDriver(s.flag("enabled", false), intervalOf(s), thresholdOf(s));
    }
  }

  /** The file does not exist. */
  public record FileCheck(String file, Duration interval, int threshold) {
    private static FileCheck read(Section s) {
      return new FileCheck(s.required("file"), intervalOf(s), thresholdOf(s));
    }
  }

  /** A HEAD request is answered with {@code statuscode}. */
  public record HttpCheck(
      URI uri,
      Map<String, List<Secret>> headers,
      int statuscode,
      Duration timeout,
      Duration interval,
      int threshold) {
    private static HttpCheck read(Section s) {
      s.required("uri");
      return new HttpCheck(
          s.value("uri", HttpUrl::parse, URI.create("")),
          s.section("headers").lists(text -> new Secret(Http.parseHeaderValue(text))),
          s.integer("statuscode", 100, 200),
          s.duration("timeout", Duration.ZERO),
          intervalOf(s),
          thresholdOf(s));
    }
  }

  /** A connection is accepted. */
  public record TcpCheck(Address addr, Duration timeout, Duration interval, int threshold) {
    private static TcpCheck read(Section s) {
      s.required("addr");
      return new TcpCheck(
          s.value("addr", Address::parse, new Address("", 0)),
          s.duration("timeout", Duration.ZERO),
          intervalOf(s),
          thresholdOf(s));
    }
  }

  static Health read(Section s) {
    return new Health(
        StorageDriver.read(s.section("storagedriver")),
        s.sections("file").stream().map(FileCheck::read).toList(),
        s.sections("http").stream().map(HttpCheck::read).toList(),
        s.sections("tcp").stream().map(TcpCheck::read).toList());
  }

  private static Duration intervalOf(Section s) {
    var interval = s.duration("interval", INTERVAL);
    return interval.isZero() ? INTERVAL : interval;
  }

  private static int thresholdOf(Section s) {
    return Math.max(1, s.integer("threshold", 0, 1));
  }
}
