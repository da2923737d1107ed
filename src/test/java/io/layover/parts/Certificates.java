package io.layover.parts;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Certificates as operators make them: by openssl, into a directory. */
public final class Certificates {
  private final Path directory;

  /** In a directory of this run. */
  public static Certificates fresh() {
    return new Certificates(Tools.freshFolder("certificates"));
  }

  public Certificates(Path directory) {
    this.directory = directory;
  }

  /** A certificate and its key, both in PEM. */
  public record Pair(Path certificate, Path key) {}

  /** An authority that signs others. */
  public Pair authority(String name) throws IOException, InterruptedException {
    var pair = pair(name);
    openssl(
        "req",
        "-x509",
        "-newkey",
        "rsa:2048",
        "-nodes",
        "-days",
        "30",
        "-subj",
        "/CN=" + name,
        "-keyout",
        pair.key.toString(),
        "-out",
        pair.certificate.toString());
    return pair;
  }

  /** The certificate of a server on this machine, or of a client, with an RSA key in PKCS#8. */
  public Pair signed(String name, Pair authority) throws IOException, InterruptedException {
    var pair = pair(name);
    openssl("genpkey", "-algorithm", "RSA", "-out", pair.key.toString());
    sign(name, pair, authority);
    return pair;
  }

  /** The same with an EC key, in the form that {@code openssl ecparam} writes. */
  public Pair signedEc(String name, Pair authority) throws IOException, InterruptedException {
    var pair = pair(name);
    openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", pair.key.toString());
    sign(name, pair, authority);
    return pair;
  }

  /** The same key in the older form of RSA, PKCS#1. */
  public Pair traditional(Pair pair) throws IOException, InterruptedException {
    var key = directory.resolve("traditional-" + pair.key.getFileName());
    openssl("rsa", "-in", pair.key.toString(), "-traditional", "-out", key.toString());
    return new Pair(pair.certificate, key);
  }

  private Pair pair(String name) {
    return new Pair(directory.resolve(name + ".pem"), directory.resolve(name + ".key"));
  }

  private void sign(String name, Pair pair, Pair authority)
      throws IOException, InterruptedException {
    var request = directory.resolve(name + ".csr");
    var extensions = directory.resolve(name + ".ext");
    Files.writeString(extensions, "subjectAltName=DNS:localhost,IP:127.0.0.1\n");
    openssl(
        "req",
        "-new",
        "-key",
        pair.key.toString(),
        "-subj",
        "/CN=" + name,
        "-out",
        request.toString());
    openssl(
        "x509",
        "-req",
        "-in",
        request.toString(),
        "-CA",
        authority.certificate.toString(),
        "-CAkey",
        authority.key.toString(),
        "-CAcreateserial",
        "-days",
        "30",
        "-extfile",
        extensions.toString(),
        "-out",
        pair.certificate.toString());
  }

  private void openssl(String... arguments) throws IOException, InterruptedException {
    var command = new ArrayList<>(List.of("openssl"));
    command.addAll(List.of(arguments));
    var process =
        new ProcessBuilder(command).directory(directory.toFile()).redirectErrorStream(true).start();
    var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new IOException(String.join(" ", command) + ": " + said);
    }
  }
}
