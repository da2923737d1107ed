package io.layover.oci;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ManifestTest {
  private static final String A = "sha256:" + "a".repeat(64);
  private static final String B = "sha256:" + "b".repeat(64);
  private static final String C = "sha512:" + "c".repeat(128);

  private static final String CONFIG = descriptor("application/vnd.oci.image.config.v1+json", A, 7);
  private static final String LAYER =
      descriptor("application/vnd.oci.image.layer.v1.tar+gzip", B, 5_000_000_000L);

  @ParameterizedTest
  @ValueSource(strings = {MediaTypes.OCI_MANIFEST, MediaTypes.DOCKER_MANIFEST})
  void readsAnImage(String type) {
    var text =
        """
        {"schemaVersion": 2, "mediaType": "%s", "config": %s, "layers": [%s, %s],
         "annotations": {"k": "v"}}
        """
            .formatted(type, CONFIG, LAYER, descriptor("x/y", C, 0));

    for (var sentAs : new @Nullable String[] {type, null}) {
      var manifest = parse(text, sentAs);

      assertEquals(type, manifest.mediaType());
      assertEquals(
          List.of(A, B, C),
          manifest.blobs().stream().map(blob -> blob.digest().toString()).toList());
      assertEquals(5_000_000_000L, manifest.layers().getFirst().size());
      assertEquals(List.of(), manifest.manifests());
      assertEquals(Map.of("k", "v"), manifest.annotations());
      assertNull(manifest.subject());
      assertNull(manifest.artifactType());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {MediaTypes.OCI_INDEX, MediaTypes.DOCKER_LIST})
  void readsAnIndex(String type) {
    var child =
        """
        {"mediaType": "%s", "digest": "%s", "size": 3,
         "platform": {"os": "linux", "architecture": "arm", "variant": "v7"}}
        """
            .formatted(MediaTypes.OCI_MANIFEST, A);
    var text =
        "{\"schemaVersion\": 2, \"mediaType\": \"%s\", \"manifests\": [%s]}".formatted(type, child);

    for (var sentAs : new @Nullable String[] {type, null}) {
      var manifest = parse(text, sentAs);

      assertEquals(type, manifest.mediaType());
      assertNull(manifest.config());
      assertEquals(List.of(), manifest.blobs());
      var entry = manifest.manifests().getFirst();
      assertEquals(Digest.parse(A), entry.digest());
      assertNotNull(entry.platform());
      assertEquals("arm", entry.platform().get("architecture"));
    }
  }

  /** What the conformance suite pushes and expects to pass. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
an image without layers         => {"schemaVersion": 2, "config": @config}
an image with an empty list     => {"schemaVersion": 2, "config": @config, "layers": []}
an image with null layers       => {"schemaVersion": 2, "config": @config, "layers": null}
fields that nobody knows        => {"schemaVersion": 2, "config": @config, "x": [{"y": 1}]}
an index without entries        => {"schemaVersion": 2, "manifests": []}
an index in an index            => {"schemaVersion": 2, "manifests": [@index]}
an index with a subject         => {"schemaVersion": 2, "manifests": [], "subject": @image}
an image with a subject         => {"schemaVersion": 2, "config": @config, "subject": @image}
an artifact with its type       => {"schemaVersion": 2, "config": @config, "artifactType": "a/b"}
embedded data                   => {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 2, "data": "e30="}}
a foreign layer                 => {"schemaVersion": 2, "config": @config, "layers": [{"mediaType": "a/b", "digest": "@b", "size": 1, "urls": ["https://example.com/l"]}]}
a size in another notation      => {"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 2e2}}
null where something may stand  => {"schemaVersion": 2, "config": @config, "subject": null, "annotations": null, "artifactType": null}
""")
  void takes(String what, String text) {
    parse(filled(text), null);
  }

  /** A manifest as it was sent, without its type, and the sentence that says what is wrong. */
  @ParameterizedTest(name = "{1}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
``                                                       => not valid JSON: the document is not a JSON object
[]                                                       => the document is not a JSON object
{}                                                       => schemaVersion must be 2
{"schemaVersion": 2}                                     => an image manifest must have a config
{"schemaVersion": "2", "config": @config}                => schemaVersion must be 2
{"schemaVersion": 3, "config": @config}                  => schemaVersion must be 2
{"schemaVersion": 2.5, "config": @config}                => schemaVersion must be 2
{"schemaVersion": 4294967298, "config": @config}         => schemaVersion must be 2
{"schemaVersion": null, "config": @config}               => schemaVersion must be 2
{"schemaVersion": 1, "name": "a", "tag": "b"}            => schema 1 manifests are no longer served
{"schemaVersion": 2, "config": @config} x                => not valid JSON
{"schemaVersion": 2, "config": @config, "config": {}}    => Duplicate field 'config'
{"schemaVersion": 2, "mediaType": 1, "config": @config}  => mediaType must be a string
{"schemaVersion": 2, "mediaType": "", "config": @config} => the media type  is not one of a manifest
{"schemaVersion": 2, "mediaType": "text/html", "config": @config} => the media type text/html is not one of a manifest
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "config": @config} => an index must not have config or layers
{"schemaVersion": 2, "manifests": [], "layers": []}      => an index must not have config or layers
{"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": @config, "manifests": []} => an image manifest must not have manifests
{"schemaVersion": 2, "config": null}                     => an image manifest must have a config
{"schemaVersion": 2, "config": []}                       => config must be an object
{"schemaVersion": 2, "config": "@a"}                     => config must be an object
{"schemaVersion": 2, "config": {}}                       => config must have a mediaType and a digest
{"schemaVersion": 2, "config": {"mediaType": "a/b"}}     => config must have a mediaType and a digest
{"schemaVersion": 2, "config": {"digest": "@a"}}         => config must have a mediaType and a digest
{"schemaVersion": 2, "config": {"mediaType": 1, "digest": "@a"}} => mediaType must be a string
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": 1}} => digest must be a string
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a"}} => config.size must be a number of bytes
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": "7"}} => config.size must be a number of bytes
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": -1}} => config.size must be a number of bytes
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 1.5}} => config.size must be a number of bytes
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 9223372036854775808}} => config.size must be a number of bytes
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 1e300}} => config.size must be a number of bytes
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "sha256:bad", "size": 7}} => config.digest: a digest is sha256: and 64
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "", "size": 7}} => config.digest: a digest is sha256: and 64
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 7, "urls": "u"}} => config.urls must be a list of strings
{"schemaVersion": 2, "config": {"mediaType": "a/b", "digest": "@a", "size": 7, "urls": [1]}} => config.urls must be a list of strings
{"schemaVersion": 2, "config": @config, "layers": {}}    => layers must be a list
{"schemaVersion": 2, "config": @config, "layers": [1]}   => layers[0] must be an object
{"schemaVersion": 2, "config": @config, "layers": [@config, {}]} => layers[1] must have a mediaType and a digest
{"schemaVersion": 2, "config": @config, "layers": [null]} => a list contains null
{"schemaVersion": 2, "config": @config, "subject": "@a"} => subject must be an object
{"schemaVersion": 2, "config": @config, "subject": {}}   => subject must have a mediaType and a digest
{"schemaVersion": 2, "config": @config, "artifactType": 1} => artifactType must be a string
{"schemaVersion": 2, "config": @config, "annotations": []} => annotations must be an object
{"schemaVersion": 2, "manifests": {}}                    => manifests must be a list
{"schemaVersion": 2, "manifests": ["@a"]}                => manifests[0] must be an object
{"schemaVersion": 2, "manifests": [@image, {"mediaType": "a/b", "digest": "@b"}]} => manifests[1].size must be a number of bytes
{"schemaVersion": 2, "manifests": [{"mediaType": "a/b", "digest": "@a", "size": 1, "platform": "x"}]} => platform must be an object
""")
  void refuses(String text, String sentence) {
    var refused =
        assertThrows(RegistryException.class, () -> parse(filled(text == null ? "" : text), null));

    assertEquals(ErrorCode.MANIFEST_INVALID, refused.code());
    assertTrue(sentenceOf(refused).contains(sentence), sentenceOf(refused));
    assertFalse(sentenceOf(refused).contains("\n"), sentenceOf(refused));
  }

  /** The type in the body, the type it was sent with, and the sentence; empty where it is taken. */
  @ParameterizedTest(name = "{0} sent as {1}: {2}")
  @CsvSource({
    "oci.image.manifest.v1, oci.image.manifest.v1,                  ''",
    "'',                    oci.image.manifest.v1,                  ''",
    "docker.distribution.manifest.v2, oci.image.manifest.v1,        but was sent as",
    "oci.image.manifest.v1, docker.distribution.manifest.v2,        but was sent as",
    "'',                    docker.distribution.manifest.v2,        but was sent as",
    "oci.image.manifest.v1, oci.image.index.v1,                     but was sent as",
    "'',                    oci.image.index.v1,                     but was sent as",
    "oci.image.manifest.v1, docker.distribution.manifest.v1,        but was sent as",
    "'',                    docker.distribution.manifest.v1,        but was sent as",
  })
  void saysWhatItWasSentAs(String written, String sentAs, String sentence) {
    var text =
        "{\"schemaVersion\": 2, %s \"config\": %s}"
            .formatted(
                written.isEmpty()
                    ? ""
                    : "\"mediaType\": \"application/vnd.%s+json\",".formatted(written),
                CONFIG);
    var contentType = "application/vnd." + sentAs + "+json";

    if (sentence.isEmpty()) {
      assertEquals(contentType, parse(text, contentType).mediaType());
    } else {
      var refused = assertThrows(RegistryException.class, () -> parse(text, contentType));
      assertEquals(ErrorCode.MANIFEST_INVALID, refused.code());
      assertTrue(sentenceOf(refused).contains(sentence), sentenceOf(refused));
    }
  }

  /** What is stored is read again without its header, and must be the same then. */
  @Test
  void readsTheSameWithAndWithoutItsHeader() {
    var index = "{\"schemaVersion\": 2, \"manifests\": []}";

    assertEquals(MediaTypes.OCI_INDEX, parse(index, MediaTypes.OCI_INDEX).mediaType());
    assertEquals(MediaTypes.OCI_INDEX, parse(index, null).mediaType());
    assertThrows(RegistryException.class, () -> parse(index, MediaTypes.DOCKER_LIST));
    assertThrows(
        RegistryException.class,
        () -> parse("{\"schemaVersion\": 2}", MediaTypes.OCI_INDEX),
        "it would be no index when it is read again");
  }

  @Test
  void refusesWhatIsNestedTooDeeply() {
    var deep = "[".repeat(100_000);
    var refused =
        assertThrows(RegistryException.class, () -> parse("{\"schemaVersion\": " + deep, null));
    assertEquals(ErrorCode.MANIFEST_INVALID, refused.code());
  }

  @Test
  void readsAsManyLayersAsFit() {
    var layers = IntStream.range(0, 25_000).mapToObj(i -> LAYER).collect(Collectors.joining(","));
    var text = "{\"schemaVersion\": 2, \"config\": %s, \"layers\": [%s]}".formatted(CONFIG, layers);

    assertTrue(text.length() < Manifest.LARGEST);
    assertEquals(25_000, parse(text, null).layers().size());
  }

  /** The suite pushes one of nearly four megabytes. */
  @Test
  void readsLargeAnnotations() {
    var large = "x".repeat(3_900_000);
    var manifest =
        parse(
            "{\"schemaVersion\": 2, \"config\": %s, \"annotations\": {\"a\": \"%s\"}}"
                .formatted(CONFIG, large),
            null);
    assertEquals(large, manifest.annotations().get("a"));
  }

  @ParameterizedTest
  @CsvSource({
    "application/vnd.oci.image.layer.v1.tar+gzip, '', false",
    "application/vnd.oci.image.layer.v1.tar+gzip, https://example.com/l, true",
    "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip, '', true",
    "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip, '', true",
    "application/vnd.docker.image.rootfs.diff.tar.gzip, '', false",
  })
  void knowsForeignLayers(String type, String url, boolean foreign) {
    var urls = url.isEmpty() ? List.<String>of() : List.of(url);
    assertEquals(foreign, new Descriptor(type, Digest.parse(A), 1, urls, null).isForeign());
  }

  @ParameterizedTest
  @CsvSource({
    "application/json, application/json",
    "application/json; charset=utf-8, application/json",
    "' Application/JSON ;q=1', application/json",
    "'', ''",
  })
  void knowsTheTypeWithoutItsParameters(String header, String type) {
    assertEquals(type, MediaTypes.essence(header));
  }

  private static String sentenceOf(RegistryException refused) {
    return String.valueOf(refused.getMessage());
  }

  private static String filled(String text) {
    return text.replace("@config", CONFIG)
        .replace("@image", descriptor(MediaTypes.OCI_MANIFEST, A, 3))
        .replace("@index", descriptor(MediaTypes.OCI_INDEX, A, 3))
        .replace("@a", A)
        .replace("@b", B);
  }

  private static String descriptor(String type, String digest, long size) {
    return "{\"mediaType\": \"%s\", \"digest\": \"%s\", \"size\": %d}"
        .formatted(type, digest, size);
  }

  private static Manifest parse(String text, @Nullable String contentType) {
    return Manifest.parse(text.getBytes(StandardCharsets.UTF_8), contentType);
  }
}
