package io.layover.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Certificates;
import io.layover.parts.Certificates.Pair;
import io.layover.parts.Command;
import io.layover.parts.FrontDoor;
import io.layover.parts.LayoverProcess;
import io.layover.parts.RealParts;
import io.layover.parts.Skopeo;
import io.layover.parts.TestImages;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Set-ups that are in use all over the world, with only the program's name changed: TLS by
 * variables, and nginx in front.
 */
@RealParts({"skopeo", "umoci", "busybox", "curl"})
class ListingsIT {
  @TempDir private Path directory;
  private Pair authority;
  private Pair server;

  @BeforeEach
  void makeCertificates() throws Exception {
    var certificates = new Certificates(directory);
    authority = certificates.authority("authority");
    server = certificates.signed("server", authority);
  }

  /** A folder as clients have one for each registry: {@code certs.d/host:port/ca.crt}. */
  private Path certsD(String address) throws IOException {
    var folder = Files.createDirectories(directory.resolve("certs.d").resolve(address));
    Files.copy(authority.certificate(), folder.resolve("ca.crt"));
    return folder;
  }

  private void pushAndPull(String image, String... more) {
    var source = TestImages.tinyOci();
    var push = Command.of("skopeo", "copy", "-q", "--preserve-digests");
    for (var flag : more) {
      push.with("--dest-" + flag);
    }
    push.with(source, "docker://" + image).run().orFail();
    var pull = Command.of("skopeo", "copy", "-q");
    for (var flag : more) {
      pull.with("--src-" + flag);
    }
    pull.with("docker://" + image, "oci:" + directory.resolve("pulled") + ":1").run().orFail();
  }

  @Test
  void tlsByVariables() throws Exception {
    try (var registry =
        LayoverProcess.create()
            .encrypted()
            .env("REGISTRY_HTTP_TLS_CERTIFICATE", server.certificate().toString())
            .env("REGISTRY_HTTP_TLS_KEY", server.key().toString())
            .start()) {
      var image = registry.address() + "/team/app:1";
      pushAndPull(image, "cert-dir=" + certsD(registry.address()));

      // Who does not know the authority does not come in.
      Command.of("skopeo", "inspect", "docker://" + image).run().expectFailure();
    }
  }

  @Test
  @RealParts({"nginx", "htpasswd"})
  void nginxInFrontWithPasswords() throws Exception {
    var passwords = directory.resolve("nginx.htpasswd");
    Files.writeString(passwords, Command.of("htpasswd", "-nbm", "alice", "secret1").run().orFail());
    assertTrue(Files.readString(passwords).startsWith("alice:$apr1$"));
    try (var registry = LayoverProcess.create().start();
        var nginx =
            FrontDoor.nginx(
                    """
                    ssl_certificate %s;
                    ssl_certificate_key %s;
                    client_max_body_size 0;
                    chunked_transfer_encoding on;
                    location / {
                      auth_basic "Restricted";
                      auth_basic_user_file %s;
                      proxy_pass http://%s;
                      proxy_set_header Host $http_host;
                      proxy_set_header X-Real-IP $remote_addr;
                      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
                      proxy_set_header X-Forwarded-Proto $scheme;
                      proxy_set_header Authorization "";
                      proxy_read_timeout 900;
                    }
                    location /_ping { auth_basic off; proxy_pass http://%s; }
                    location /v1/_ping { auth_basic off; proxy_pass http://%s; }
                    """
                        .formatted(
                            server.certificate(),
                            server.key(),
                            passwords,
                            registry.address(),
                            registry.address(),
                            registry.address()))
                .start()) {
      var image = nginx.address() + "/team/app:1";
      var certificates = "cert-dir=" + certsD(nginx.address());
      pushAndPull(image, certificates, "creds=alice:secret1");
      Skopeo.tryPull(image).expectFailure();
      assertEquals("401", status(nginx, "/v2/"));
      // distribution knows no such path either; what matters is that nobody is asked for a
      // password.
      assertEquals("404", status(nginx, "/_ping"));
      assertEquals("404", status(nginx, "/v1/_ping"));
    }
  }

  private String status(FrontDoor door, String path) {
    return Command.of("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}")
        .with("--cacert", authority.certificate().toString(), "https://" + door.address() + path)
        .run()
        .orFail();
  }
}
