package io.layover.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OverridesTest {
  private static final String FILE =
      """
      version: 0.1
      log:
        fields: {Zone: a}
      storage:
        filesystem: {rootdirectory: /file}
        delete: {enabled: true}
      http:
        addr: :5000
        headers: {X-A: [a]}
      proxy:
        upstreams:
          - remoteurl: https://a.example
      """;

  /** Variables, separated by blanks, and lines that the printed configuration then has. */
  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
REGISTRY_HTTP_ADDR=:6000                            => addr: :6000
REGISTRY_HTTP_ADDR=                                 => addr: :5000
REGISTRY_HTTP={addr:␣"[::1]:7"}                     => addr: '[::1]:7'
REGISTRY_HTTP_ADDR=:8 REGISTRY_HTTP={addr:␣":7"}    => addr: :8
REGISTRY_HTTP_SECRET=hush                           => secret: '********'
REGISTRY_HTTP_RELATIVEURLS=yes                      => relativeurls: true
REGISTRY_HTTP_DRAINTIMEOUT=90s                      => draintimeout: 1m30s
REGISTRY_HTTP_DEBUG_ADDR=localhost:5001             => addr: localhost:5001
REGISTRY_HTTP_DEBUG_PROMETHEUS_ENABLED=on           => prometheus:/enabled: true
REGISTRY_HTTP_HEADERS={X-B:␣[b]}                    => headers:/X-B:/- b
REGISTRY_HTTP_HEADERS_X-A=[c]                       => headers:/X-A:/- c
REGISTRY_HTTP_HEADERS_X-A_0=d                       => headers:/X-A:/- d
REGISTRY_HTTP_HEADERS_X-A_1=d                       => headers:/X-A:/- a/- d
REGISTRY_HTTP_HEADERS_Access-Control-Allow-Origin=["*"] => access-control-allow-origin:/- '*'
REGISTRY_HTTP_HTTP2_DISABLED=true                   => http2:/disabled: true
REGISTRY_LOG_LEVEL=debug                            => level: debug
REGISTRY_LOGLEVEL=error                             => level: error
REGISTRY_LOG_FORMATTER=json                         => formatter: json
REGISTRY_LOG_ACCESSLOG_DISABLED=true                => accesslog:/disabled: true
REGISTRY_LOG_FIELDS_SERVICE=registry                => fields:/Zone: a/service: registry
REGISTRY_LOG_FIELDS_ZONE=b                          => fields:/Zone: b
REGISTRY_LOG_FIELDS_0=c                             => fields:/Zone: a/'0': c
REGISTRY_LOG_FIELDS_PORT=1                          => port: '1'
REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/env      => rootdirectory: /env
REGISTRY_STORAGE=filesystem                         => rootdirectory: /var/lib/registry
REGISTRY_STORAGE=filesystem                         => delete:/enabled: false
REGISTRY_STORAGE=filesystem REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/x => rootdirectory: /x
REGISTRY_STORAGE_DELETE_ENABLED=false               => delete:/enabled: false
REGISTRY_STORAGE_CACHE_BLOBDESCRIPTOR=inmemory      => blobdescriptor: inmemory
REGISTRY_STORAGE_MAINTENANCE_READONLY_ENABLED=true  => readonly:/enabled: true
REGISTRY_STORAGE_MAINTENANCE_READONLY={enabled:␣true} => readonly:/enabled: true
REGISTRY_CATALOG_MAXENTRIES=7                       => maxentries: 7
REGISTRY_TAGS_MAXTAGS=8                             => maxtags: 8
REGISTRY_HEALTH_STORAGEDRIVER_THRESHOLD=4           => threshold: 4
REGISTRY_NOTIFICATIONS_EVENTCONFIG_INCLUDEREFERENCES=true => includereferences: true
REGISTRY_NOTIFICATIONS_EVENTS_INCLUDEREFERENCES=true => includereferences: true
REGISTRY_COMPATIBILITY_SCHEMA1_TRUSTKEY=/k          => version: 0.1
REGISTRY_POLICY_REPOSITORY_CLASSES_0=image          => classes:/- image
REGISTRY_VALIDATION_MANIFESTS_URLS_ALLOW_0=^https   => allow:/- ^https
REGISTRY_PROXY_REMOTEURL=https://b.example          => upstreams:/- name: b.example
REGISTRY_PROXY_MAXSIZE=2GiB                         => maxsize: 2GiB
REGISTRY_PROXY_TTL=0                                => ttl: 0s
REGISTRY_PROXY_HOSTED=["p/**"]                      => hosted:/- p/**
REGISTRY_PROXY_UPSTREAMS_0_NAME=hub                 => - name: hub/remoteurl: https://a.example
REGISTRY_PROXY_UPSTREAMS_1_REMOTEURL=https://c.example => - name: c.example
REGISTRY_PROXY_UPSTREAMS_0_PASSWORD=p REGISTRY_PROXY_UPSTREAMS_0_USERNAME=u => username: u/password: '********'
REGISTRY_PROXY_UPSTREAMS_0_DENY_0=a REGISTRY_PROXY_UPSTREAMS_0_DENY_1=b => deny:/- a/- b
""")
  void isLaidOverTheFile(String variables, String lines) {
    var config = Read.file(FILE, variables(variables));

    assertTrue(
        config.warnings().stream().allMatch(warning -> warning.contains(": understood, but")),
        config.warnings()::toString);
    var printed = ConfigPrinter.print(config).lines().map(String::strip).toList();
    var joined = "/" + String.join("/", printed) + "/";
    assertTrue(joined.contains("/" + lines.strip() + "/"), joined);
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiterString = "=>",
      quoteCharacter = '`',
      textBlock =
"""
REGISTRY_PROXY_REMOTEURL=nonsense    => REGISTRY_PROXY_REMOTEURL: proxy.remoteurl: must begin with https:// or http://
REGISTRY_PROXY_REMOTURL=x            => REGISTRY_PROXY_REMOTURL: proxy.remoturl: unknown key; did you mean remoteurl?
REGISTRY_HTTP_PORT=5000              => REGISTRY_HTTP_PORT: http.port: unknown key
REGISTRY_HTTP_ADDR_X=1               => REGISTRY_HTTP_ADDR_X: http.addr: is a single value, which has no part X
REGISTRY_HTTP__ADDR=1                => REGISTRY_HTTP__ADDR: the name has an empty part
REGISTRY_HTTP={                      => REGISTRY_HTTP: is not YAML: expected the node content, but found '<stream end>' while parsing a flow node
REGISTRY_HTTP=[a]                    => REGISTRY_HTTP: http: expected a mapping, found a list
REGISTRY_LOG={level:␣x}              => REGISTRY_LOG: log.level: must be error, warn, info or debug, not "x"
REGISTRY_PROXY_UPSTREAMS_2_NAME=x    => REGISTRY_PROXY_UPSTREAMS_2_NAME: proxy.upstreams: is a list of 1; 2 is no index from 0 to 1
REGISTRY_PROXY_UPSTREAMS_X_NAME=x    => REGISTRY_PROXY_UPSTREAMS_X_NAME: proxy.upstreams: is a list of 1; X is no index from 0 to 1
REGISTRY_PROXY_UPSTREAMS_1_NAME=x    => REGISTRY_PROXY_UPSTREAMS_1_NAME: proxy.upstreams[1].remoteurl: is required
REGISTRY_PROXY_HOSTED=a              => REGISTRY_PROXY_HOSTED: proxy.hosted: expected a list, found text
REGISTRY_STORAGE_AZURE_CONTAINER=x REGISTRY_STORAGE=azure => REGISTRY_STORAGE: storage.azure: not served by Layover, which stores in a directory or in S3
REGISTRY_STORAGE=s3 REGISTRY_STORAGE_S3_BUCKET=b => REGISTRY_STORAGE: storage.s3.region: is required, unless there is a regionendpoint
REGISTRY_STORAGE=floppy              => REGISTRY_STORAGE: storage.floppy: unknown key
REGISTRY_AUTH_TOKEN_SERVER=a.yml REGISTRY_AUTH_TOKEN_JWKS=j => REGISTRY_AUTH_TOKEN_JWKS: auth.token.jwks: is about the tokens of another server, and server makes one of this
REGISTRY_LOG_HOOKS_0_MAILOPTIONS_FROM=m REGISTRY_LOG_HOOKS_0_TYPE=mail => REGISTRY_LOG_HOOKS_0_MAILOPTIONS_FROM: log.hooks: not served yet by this version of Layover
REGISTRY_HEALTH_HTTPCHECKERS_0_URI=a         => REGISTRY_HEALTH_HTTPCHECKERS_0_URI: health.http[0].uri: must begin with https:// or http://
REGISTRY_HEALTH_FILECHECKERS_0_FILE=         => REGISTRY_HEALTH_FILECHECKERS_0_FILE: health.file[0].file: is required
REGISTRY_HEALTH_TCPCHECKERS_0_ADDR=a         => REGISTRY_HEALTH_TCPCHECKERS_0_ADDR: health.tcp[0].addr: "a" is no address; write host:port or :port, such as :5000
REGISTRY_REDIS_ADDRS=[a]             => REGISTRY_REDIS_ADDRS: redis: not served yet by this version of Layover
REGISTRY_MIDDLEWARE_REGISTRY=[{name:␣x}] => REGISTRY_MIDDLEWARE_REGISTRY: middleware: not served by Layover, which has no plug-ins of this kind
""")
  void isNamedWhenItIsWrong(String variables, String problem) {
    assertEquals(List.of(problem), Read.problems(FILE, variables(variables)));
  }

  @Test
  void secondDriverIsRefused() {
    var problems = Read.problems(FILE, variables("REGISTRY_STORAGE_INMEMORY={}"));

    assertEquals(
        List.of(
            "REGISTRY_STORAGE_INMEMORY: storage.inmemory: not served yet by this version of"
                + " Layover",
            "REGISTRY_STORAGE_INMEMORY: storage.inmemory: the driver is filesystem already; set"
                + " REGISTRY_STORAGE=inmemory as well, which replaces the whole section"),
        problems);
  }

  /** A value that YAML takes for an alias, a tag or worse may be a password. */
  @ParameterizedTest
  @ValueSource(strings = {"*hush", "!hush!hush x", "hush: hush: hush", "@hush", "{hush", "%hush"})
  void brokenValueIsNotRepeated(String value) {
    var problems = Read.problems(FILE, Map.of("REGISTRY_HTTP_SECRET", value));

    assertEquals(1, problems.size());
    assertTrue(problems.getFirst().startsWith("REGISTRY_HTTP_SECRET: is not YAML: "), value);
    assertFalse(problems.getFirst().contains("hush"), problems::toString);
  }

  @Test
  void fewThreadsAreRaised() {
    assertEquals(
        new Storage.Filesystem(Path.of("/var/lib/registry"), 25),
        Read.environment(Map.of("REGISTRY_STORAGE_FILESYSTEM_MAXTHREADS", "3")).storage().driver());
  }

  @Test
  void driverOfTheDefaultsIsReplaced() {
    var tree = new Tree.Fields(Place.unwritten());
    var problems = new Problems();

    Overrides.apply(
        tree, variables("REGISTRY_STORAGE_S3_BUCKET=b REGISTRY_STORAGE_S3_REGION=r"), problems);

    var storage = Section.root(tree, problems).section("storage");
    assertEquals("s3", Storage.read(storage).driver().kind());
    problems.throwIfAny();
  }

  @ParameterizedTest(name = "{0}")
  @ValueSource(
      strings = {
        "REGISTRY_PORT=tcp://10.0.0.1:5000",
        "REGISTRY_PORT_5000_TCP=tcp://10.0.0.1:5000",
        "REGISTRY_PORT_5000_TCP_ADDR=10.0.0.1",
        "REGISTRY_PORT_5000_TCP_PORT=5000",
        "REGISTRY_PORT_5000_TCP_PROTO=tcp",
        "REGISTRY_SERVICE_HOST=10.0.0.1",
        "REGISTRY_SERVICE_PORT=5000",
        "REGISTRY_SERVICE_PORT_HTTP=5000",
        "REGISTRY_HTTP_PORT=tcp://10.0.0.1:5000",
        "REGISTRY_HTTP_PORT_5000_TCP=tcp://10.0.0.1:5000",
        "REGISTRY_HTTP_PORT_5000_TCP_ADDR=10.0.0.1",
        "REGISTRY_HTTP_SERVICE_HOST=10.0.0.1",
        "REGISTRY_PROXY_SERVICE_PORT_WEB=80",
        "REGISTRY_VERSION=3",
        "REGISTRY_USER=me",
        "REGISTRY_http_addr=:1",
        "REGISTRY_=",
      })
  void whatIsMeantForOthersIsIgnoredWithAWarning(String variable) {
    var config = Read.file(FILE, variables(variable));

    assertEquals(1, config.warnings().size(), config.warnings()::toString);
    assertTrue(
        config.warnings().getFirst().startsWith(variable.split("=", 2)[0] + ": ignored"),
        config.warnings()::toString);
    assertEquals(Read.file(FILE).http(), config.http());
  }

  @Test
  void warningHasASuggestion() {
    assertEquals(
        List.of(
            "REGISTRY_PROXI_TTL: ignored, as the configuration has no section proxi; did you mean"
                + " proxy?"),
        Read.environment(Map.of("REGISTRY_PROXI_TTL", "1h")).warnings());
  }

  @Test
  void otherVariablesAreNotLookedAt() {
    assertEquals(
        Read.environment(Map.of()),
        Read.environment(Map.of("PATH", "/bin", "REGISTRY", "x", "REGISTRYX_HTTP", "{", "S", "")));
  }

  @Test
  void runsWithoutAFile() {
    var config =
        Read.environment(
            variables(
                "REGISTRY_PROXY_UPSTREAMS_0_REMOTEURL=https://a.example"
                    + " REGISTRY_PROXY_UPSTREAMS_0_DEFAULT=true"
                    + " REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY=/data"));

    var names = new ArrayList<String>();
    if (config.proxy() != null) {
      config.proxy().upstreams().forEach(upstream -> names.add(upstream.name()));
    }
    assertEquals(List.of("a.example"), names);
  }

  private static Map<String, String> variables(String text) {
    var variables = new LinkedHashMap<String, String>();
    for (var variable : text.strip().split(" ", -1)) {
      var parts = variable.split("=", 2);
      variables.put(parts[0], parts[1].replace('␣', ' '));
    }
    return variables;
  }
}
