package io.layover.config;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Predicate;

/**
 * What distribution has and Layover refuses. A row that comes to be served is removed here; where
 * its section was only skipped over ({@link #skip}), a record and its {@code read} take its place.
 */
final class Unserved {
  static final String YET = "not served yet by this version of Layover";
  private static final String NO_DRIVER =
      "not served by Layover, which stores in a directory or in S3";

  static final Predicate<Tree> ON = is("true", "yes", "on", "y");
  static final Predicate<Tree> OFF = is("false", "no", "off", "n");

  /** A path, when it is refused, and why. */
  record Row(String path, Predicate<Tree> refused, String sentence) {}

  static final List<Row> ROWS =
      List.of(
          new Row("storage.inmemory", Unserved::any, YET),
          new Row(
              "storage.s3.v4auth",
              OFF,
              "not served by Layover, which signs as all of S3 understands it, by version 4"),
          new Row("storage.cache.blobdescriptor", is("redis"), "redis is " + YET),
          new Row("http.net", is("unix"), "unix is " + YET),
          new Row("http.tls.letsencrypt", Unserved::filled, YET),
          new Row("log.hooks", Unserved::filled, YET),
          new Row("redis", Unserved::filled, YET),
          new Row("proxy.exec", Unserved::filled, YET),
          // Never served.
          new Row("storage.azure", Unserved::any, NO_DRIVER),
          new Row("storage.gcs", Unserved::any, NO_DRIVER),
          new Row("storage.oss", Unserved::any, NO_DRIVER),
          new Row("storage.swift", Unserved::any, NO_DRIVER),
          new Row(
              "middleware",
              Unserved::filled,
              "not served by Layover, which has no plug-ins of this kind"),
          new Row(
              "compatibility.schema1.enabled",
              ON,
              "not served by Layover: manifests of schema 1 are gone from registry:3 too"),
          new Row(
              "reporting",
              Unserved::filled,
              "not served by Layover; errors are in its log and its metrics"));

  private Unserved() {}

  /** Notes every row that the configuration has; of nested ones the outermost. */
  static void refuse(Tree.Fields root, Problems problems) {
    var noted = new ArrayList<String>();
    for (var row : ROWS) {
      var field = root.find(row.path);
      if (field != null
          && row.refused.test(field.value())
          && noted.stream().noneMatch(outer -> row.path.startsWith(outer + "."))) {
        noted.add(row.path);
        problems.add(field.place(), row.path, row.sentence);
      }
    }
  }

  /** Takes the sections that have no record yet, or never, as known; a typing error is noted. */
  static void skip(Section root) {
    root.skip("middleware", "reporting");
    root.section("compatibility").section("schema1").skip("enabled", "signingkeyfile");
    var redis = root.section("redis");
    redis.skip("addr", "addrs", "clientname", "db", "protocol", "username", "password");
    redis.skip("sentinelusername", "sentinelpassword", "mastername", "maxretries");
    redis.skip("minretrybackoff", "maxretrybackoff", "dialtimeout", "readtimeout", "writetimeout");
    redis.skip("contexttimeoutenabled", "poolfifo", "poolsize", "pooltimeout", "minidleconns");
    redis.skip("maxidleconns", "maxactiveconns", "connmaxidletime", "connmaxlifetime");
    redis.skip("maxredirects", "readonly", "routebylatency", "routerandomly", "disableidentity");
    redis.skip("identitysuffix", "unstableresp3");
    redis.section("tls").skip("enabled", "certificate", "key", "rootcas");
    redis.section("pool").skip("maxidle", "maxactive", "idletimeout");
  }

  private static boolean any(Tree value) {
    return true;
  }

  static boolean filled(Tree value) {
    return value instanceof Tree.Fields fields
        ? fields.fields().values().stream().anyMatch(field -> filled(field.value()))
        : !value.isEmpty();
  }

  private static Predicate<Tree> is(String... texts) {
    return value ->
        value instanceof Tree.Scalar scalar
            && Set.of(texts).contains(scalar.text().toLowerCase(Locale.ROOT));
  }
}
