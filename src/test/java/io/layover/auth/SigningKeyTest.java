package io.layover.auth;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.parts.Command;
import io.layover.parts.RealParts;
import io.netty.pkitesting.CertificateBuilder;
import io.netty.pkitesting.CertificateBuilder.Algorithm;
import io.netty.pkitesting.X509Bundle;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SigningKeyTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource({
    "RS256, BEGIN RSA PRIVATE KEY, genrsa -traditional 2048",
    "ES256, BEGIN EC PRIVATE KEY,  ecparam -genkey -name prime256v1",
    "ES384, BEGIN EC PRIVATE KEY,  ecparam -genkey -noout -name secp384r1",
  })
  @RealParts("openssl")
  void isReadInEveryForm(String algorithm, String oldForm, String arguments) throws IOException {
    var text = Command.of("openssl", arguments.split(" ", -1)).run().orFail();
    var old = write("old", text.substring(text.indexOf("-----BEGIN")));
    assertTrue(text.contains(oldForm), text);
    var form = folder.resolve("pkcs8");
    openssl("pkcs8 -topk8 -nocrypt -in " + old + " -out " + form);
    var certificate = folder.resolve("crt");
    openssl("req -x509 -subj /CN=token -key " + old + " -out " + certificate);
    var key = SigningKey.read(certificate, old);
    assertEquals(algorithm, key.algorithm().name());
    assertEquals(key, SigningKey.read(certificate, form));
    var both = write("both", Files.readString(form) + Files.readString(certificate));
    assertEquals(key, SigningKey.read(both, both));
  }

  private static void openssl(String arguments) {
    Command.of("openssl", arguments.split(" ", -1)).run().orFail();
  }

  @Test
  void bringsItsChainWithItsOwnCertificateFirst() throws Exception {
    var root = Forge.authority("root");
    var leaf = Forge.issued("leaf", root);
    var key =
        SigningKey.read(
            write("chain", root.getCertificatePEM() + "\n" + leaf.getCertificatePEM()),
            write("key", leaf.getPrivateKeyPEM()));
    assertEquals(Forge.x5c(leaf, root).getList(), key.x5c(Instant.now()));
  }

  @Test
  void doesNotBringACertificateThatHasExpired() throws Exception {
    var root = Forge.authority("root");
    var leaf = Forge.issued("leaf", root, Instant.now().minusSeconds(60));
    var key =
        SigningKey.read(
            write("crt", leaf.getCertificatePEM()), write("key", leaf.getPrivateKeyPEM()));
    assertEquals(0, key.x5c(Instant.now()).size());
  }

  @Test
  void isRefusedWithoutItsCertificate() throws Exception {
    var made = bundle(Algorithm.ecp256);
    var certificate = write("crt", made.getCertificatePEM());
    var other = write("other", bundle(Algorithm.ecp256).getPrivateKeyPEM());
    var key = write("key", made.getPrivateKeyPEM());
    refused("has no certificate for the key", certificate, other);
    refused("has no certificate", key, key);
    refused("has no private key", certificate, certificate);
    refused("has no private key", certificate, write("nothing", ""));
    refused("is not PEM", certificate, write("broken", "-----BEGIN PRIVATE KEY-----\n???\n"));
    refused("is not PEM", certificate, write("half", made.getPrivateKeyPEM().substring(0, 100)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rsa -traditional", "pkcs8 -topk8"})
  @RealParts("openssl")
  void isRefusedWhenEncrypted(String form) throws Exception {
    var made = bundle(Algorithm.rsa2048);
    var key = write("key", made.getPrivateKeyPEM());
    var encrypted = folder.resolve("encrypted");
    var cipher = form.startsWith("rsa") ? " -aes128" : "";
    openssl(form + cipher + " -passout pass:secret -in " + key + " -out " + encrypted);
    refused("is encrypted", write("crt", made.getCertificatePEM()), encrypted);
  }

  @Test
  void aGeneratedOneIsReadBack() throws IOException {
    var made = SigningKey.generate();
    var file = write("both", made.certificatePem() + made.privatePem());
    assertEquals(made, SigningKey.read(file, file));
    assertEquals(1, made.x5c(Instant.now()).size());
    assertNotEquals(made, SigningKey.generate());
  }

  private static X509Bundle bundle(Algorithm algorithm) throws Exception {
    return new CertificateBuilder()
        .subject("CN=token")
        .algorithm(algorithm)
        .setIsCertificateAuthority(true)
        .buildSelfSigned();
  }

  private static void refused(String why, Path certificate, Path key) {
    var e = assertThrows(IOException.class, () -> SigningKey.read(certificate, key));
    assertTrue(String.valueOf(e.getMessage()).contains(why), e::getMessage);
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
