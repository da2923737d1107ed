package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.constantpool.MemberRefEntry;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class IdleTest {
  private static final Path CLASSES =
      Path.of(
          URI.create(Config.class.getProtectionDomain().getCodeSource().getLocation().toString()));
  private static final String PACKAGE = "io/layover/config/";

  /** A second line of a file, and what is said of it after its place. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
log: {reportcaller: true}                          => 2:7: log.reportcaller
policy: {repository: {classes: [image]}}           => 2:1: policy
""")
  void isToldWhereItIsSet(String yaml, String place) {
    assertEquals(
        List.of("config.yml:" + place + ": understood, but without effect in this version"),
        warnings(yaml));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "log: {reportcaller: false}",
        "storage: {maintenance: {uploadpurging: {age: 1h}}}",
        "storage: {tag: {concurrencylimit: 8}, cache: {blobdescriptor: inmemory}}",
        "storage: {redirect: {disable: true}}",
        "http: {debug: {addr: ':5001', prometheus: {enabled: true}}}",
        "http: {http2: {disabled: false}, secret: s, net: tcp}",
        "health: {storagedriver: {enabled: true, interval: 1s}}",
        "policy: {repository: {classes: []}}",
        "proxy: {remoteurl: 'http://a', ttl: 1h, maxsize: 1GiB}",
        "notifications: {events: {includereferences: true}}",
      })
  void isNotToldWhereNothingIsMissed(String yaml) {
    assertEquals(List.of(), warnings(yaml));
  }

  @Test
  void isToldOfVariables() {
    assertEquals(
        List.of(
            "REGISTRY_LOG_REPORTCALLER: log.reportcaller: understood, but without effect in this"
                + " version"),
        Read.environment(Map.of("REGISTRY_LOG_REPORTCALLER", "true")).warnings());
  }

  @Test
  void defaultsAreNotTold() {
    assertEquals(List.of(), warnings("proxy: {remoteurl: 'http://a'}"));
  }

  /** The table is what the program's code says: no key is missing in it, and none too many. */
  @Test
  void tableIsExact() throws IOException {
    var used = used();
    var unnamed = new ArrayList<String>();
    var obsolete = new ArrayList<String>();
    for (var key : ConfigKey.all()) {
      var component = key.component();
      var isUsed =
          used.contains(component.getDeclaringRecord().getName() + "." + component.getName());
      var isIdle = Idle.ROWS.stream().anyMatch(row -> ConfigKey.isIn(key.path(), row.path()));
      if (isUsed && isIdle) {
        obsolete.add(key.path());
      }
      if (!isUsed && !isIdle && !isRefused(key.path())) {
        unnamed.add(key.path());
      }
    }

    assertEquals(List.of(), unnamed, "nothing uses these keys; each needs a row in Idle.ROWS");
    assertEquals(
        List.of(), obsolete, "used now: remove the row in Idle.ROWS and the mark in the reference");
  }

  private static boolean isRefused(String path) {
    var anything = new Tree.Scalar(Place.unwritten(), "anything", true);
    return Unserved.ROWS.stream()
        .anyMatch(row -> ConfigKey.isIn(path, row.path()) && row.refused().test(anything));
  }

  /** The accessors that code outside this package refers to, as {@code class.method}. */
  private static Set<String> used() throws IOException {
    var used = new HashSet<String>();
    try (var files = Files.walk(CLASSES)) {
      for (var file : files.filter(f -> f.toString().endsWith(".class")).toList()) {
        if (!file.startsWith(CLASSES.resolve(PACKAGE))) {
          for (var entry : ClassFile.of().parse(file).constantPool()) {
            if (entry instanceof MemberRefEntry member
                && member.owner().asInternalName().startsWith(PACKAGE)) {
              var owner = member.owner().asInternalName().replace('/', '.');
              used.add(owner + "." + member.name().stringValue());
            }
          }
        }
      }
    }
    return used;
  }

  private static List<String> warnings(String yaml) {
    return Read.file("version: 0.1\n" + yaml).warnings().stream()
        .map(line -> line.replaceFirst("^.*/(?=config.yml)", ""))
        .toList();
  }
}
