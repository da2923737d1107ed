package io.layover;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.layover.oci.Digest;
import io.layover.parts.S3Server;
import io.layover.parts.S3Way.Fault;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** What clients see while S3, or the way to it, does not do what it should. */
@Timeout(180)
class BucketFaultsTest extends BucketFixture {
  private static final int ALWAYS = 1_000_000;
  private static final byte[] EMPTY_INDEX =
      """
      {"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json","manifests":[]}
      """
          .getBytes(StandardCharsets.UTF_8);

  @ParameterizedTest
  @EnumSource(names = {"INTERNAL_ERROR", "SLOW_DOWN", "CUT_REQUEST", "CUT_ANSWER"})
  void partsAreSentAgain(Fault fault) throws Exception {
    var replica = replica();
    var content = bytes(1, 16 * MIB);
    way.trouble(2, "^PUT .*partNumber=2", fault);
    var digest = replica.push("app", content);

    assertEquals(3, way.count("^PUT .*partNumber=2"));
    assertArrayEquals(content, replica.get("/v2/app/blobs/" + digest).body());
    assertEquals(List.of(), s3.openParts(bucket));
  }

  @Test
  void aReadThatBreaksOffGoesOn() throws Exception {
    var replica = replica();
    var content = bytes(2, 9 * MIB);
    var path = "/v2/app/blobs/" + replica.push("app", content);
    way.forget();
    way.trouble(2, "^GET .*/data", Fault.CUT_ANSWER);
    way.trouble(1, "^GET .*/data", Fault.SLOW_DOWN);

    assertArrayEquals(content, replica.get(path).body());
    assertTrue(way.count("^GET .*/data") >= 4, () -> "requests: " + way.seen());
  }

  @Test
  void aReadThatCannotGoOnIsNoSuccess() throws Exception {
    var replica = replica();
    var path = "/v2/app/blobs/" + replica.push("app", bytes(3, 9 * MIB));
    way.trouble(1, "^GET .*/data", Fault.CUT_ANSWER);
    way.trouble(ALWAYS, "^GET .*/data", Fault.INTERNAL_ERROR);

    assertThrows(IOException.class, () -> replica.get(path));
    way.behave();
    assertEquals(9 * MIB, replica.get(path).body().length);
  }

  @Test
  void latenessIsNoFailure() throws Exception {
    var replica = replica();
    way.trouble(ALWAYS, ".", Fault.LATE);
    var content = bytes(4, 6 * MIB);

    assertArrayEquals(content, replica.get("/v2/app/blobs/" + replica.push("app", content)).body());
  }

  @ParameterizedTest
  @EnumSource(
      names = {"INTERNAL_ERROR", "SLOW_DOWN", "EXPIRED", "SKEWED", "DENIED", "FULL", "CUT_REQUEST"})
  void clientsAreToldToComeAgain(Fault fault) throws Exception {
    var replica = replica("REGISTRY_STORAGE_S3_TAGTTL", "0s", "REGISTRY_STORAGE_S3_LINKTTL", "0s");
    var layer = bytes(5, 2 * MIB);
    replica.pushImage("app", "1", layer);
    var location = replica.begin("app");
    var keys = s3.keys(bucket);
    way.trouble(ALWAYS, ".", fault);

    assertComeAgain(replica.get("/v2/app/manifests/1"));
    assertComeAgain(replica.get("/v2/app/blobs/" + Digest.sha256(layer)));
    assertComeAgain(replica.get("/v2/app/tags/list"));
    assertComeAgain(replica.send("POST", "/v2/app/blobs/uploads/", new byte[0]));
    assertComeAgain(replica.send("PUT", "/v2/app/manifests/2", EMPTY_INDEX));
    assertComeAgain(replica.send("PATCH", location, bytes(6, 11 * MIB)));
    way.behave();
    assertEquals(200, replica.get("/v2/app/manifests/1").statusCode());
    assertEquals(404, replica.get("/v2/app/manifests/2").statusCode());
    assertEquals(keys, s3.keys(bucket), "nothing has become visible");
  }

  private void assertComeAgain(HttpResponse<byte[]> answer) {
    var body = new String(answer.body(), StandardCharsets.UTF_8);
    assertEquals(503, answer.statusCode(), body);
    assertNotNull(Mirror.header(answer, "Retry-After"));
    assertFalse(body.contains(bucket) || body.contains(way.url().getAuthority()), body);
  }

  @Test
  void whatDoesNotFitLeavesNothing() throws Exception {
    var replica = replica();
    var content = bytes(7, 16 * MIB);
    var target = Replica.ending(replica.begin("app"), Digest.sha256(content));
    way.trouble(ALWAYS, "^PUT .*partNumber=3", Fault.FULL);
    assertComeAgain(replica.send("PUT", target, content));
    way.behave();

    assertEquals(List.of(), s3.openParts(bucket));
    assertEquals(404, replica.get("/v2/app/blobs/" + Digest.sha256(content)).statusCode());
    replica.expect(201, "PUT", target, content);
    assertArrayEquals(content, replica.get("/v2/app/blobs/" + Digest.sha256(content)).body());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          SKEWED       | this machine's clock differs too much from its own; set it right
          DENIED       | it denies access to the bucket .*; Layover needs s3:ListBucket, .*
          OTHER_REGION | the bucket .* is not in the region us-east-1.*
          EXPIRED      | the session token has expired
          """)
  void saysAtTheStartWhatIsWrong(Fault fault, String sentence) {
    way.trouble(ALWAYS, ".", fault);
    assertDoesNotStart(bucket, sentence);
  }

  @Test
  void saysAtTheStartThatThereIsNoBucket() {
    assertDoesNotStart("absent", "there is no bucket absent");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          REGISTRY_STORAGE_S3_SECRETKEY      | wrong              | the secret key does not belong to the access key
          REGISTRY_STORAGE_S3_ACCESSKEY      | wrong              | it does not know this access key
          REGISTRY_STORAGE_S3_REGIONENDPOINT | http://127.0.0.1:1 | it cannot be reached: .*refused.*
          """)
  void saysAtTheStartWhichKeyIsWrong(String key, String value, String sentence) {
    assertDoesNotStart(bucket, sentence, key, value);
  }

  private void assertDoesNotStart(String name, String sentence, String... variables) {
    var failure =
        assertThrows(
            StartException.class, () -> Replica.start(way.url(), name, local, variables).close());
    var endpoint =
        variables.length > 0 && variables[1].startsWith("http")
            ? URI.create(variables[1])
            : way.url();
    var before = "storage.s3 cannot be used (bucket %s at %s): ".formatted(name, endpoint);
    var message = String.valueOf(failure.getMessage());
    assertTrue(message.startsWith(before), message);
    assertTrue(message.substring(before.length()).matches(sentence), message);
    assertFalse(message.contains(S3Server.SECRET_KEY), message);
  }
}
