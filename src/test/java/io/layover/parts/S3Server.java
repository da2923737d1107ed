package io.layover.parts;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.gaul.s3proxy.S3Proxy;
import org.gaul.s3proxy.auth.AuthenticationType;
import org.gaul.s3proxy.nio2blob.FilesystemNio2BlobStore;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.s3.model.ListObjectsV2Request;
import software.amazon.awssdk.services.s3.model.MultipartUpload;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.S3Object;

/**
 * An S3 server in this process: S3Proxy over a folder. It checks signatures, conditions and sizes
 * of parts as S3 does.
 */
public final class S3Server {
  public static final String ACCESS_KEY = "AKIATEST";
  public static final String SECRET_KEY = "secret-of-the-test";
  public static final String REGION = "us-east-1";

  private static final AtomicInteger BUCKETS = new AtomicInteger();

  private final FilesystemNio2BlobStore store;
  private final S3Proxy proxy;

  private S3Server() {
    for (var noisy : new String[] {"org.gaul", "org.eclipse.jetty", "software.amazon.awssdk"}) {
      ((Logger) LoggerFactory.getLogger(noisy)).setLevel(Level.WARN);
    }
    store = new FilesystemNio2BlobStore(Tools.freshFolder("s3").toString());
    proxy =
        S3Proxy.builder()
            .blobStore(store)
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V4, ACCESS_KEY, SECRET_KEY)
            .build();
    try {
      proxy.start();
    } catch (Exception e) {
      throw new IllegalStateException("S3Proxy does not start", e);
    }
  }

  private static final class Holder {
    static final S3Server SERVER = new S3Server();
  }

  /** The one server of this process. */
  public static S3Server shared() {
    return Holder.SERVER;
  }

  public int port() {
    return proxy.getPort();
  }

  public URI url() {
    return URI.create("http://127.0.0.1:" + port());
  }

  /** The name of a new, empty bucket. */
  public String newBucket() {
    var name = "bucket-" + BUCKETS.incrementAndGet();
    store.createContainer(name);
    return name;
  }

  /** The keys of a bucket, in order. */
  public List<String> keys(String bucket) {
    return store
        .list(ListObjectsV2Request.builder().bucket(bucket).maxKeys(1_000_000).build())
        .contents()
        .stream()
        .map(S3Object::key)
        .toList();
  }

  /** The section of a registry's configuration that makes it store in a bucket. */
  public String section(String bucket) {
    return """
    s3: {bucket: "%s", region: "%s", regionendpoint: "%s", forcepathstyle: true, secure: false, \
    accesskey: "%s", secretkey: "%s", chunksize: 5242880}
    """
        .formatted(bucket, REGION, url(), ACCESS_KEY, SECRET_KEY)
        .strip();
  }

  public String text(String bucket, String key) {
    return new String(bytes(bucket, key), StandardCharsets.UTF_8);
  }

  public byte[] bytes(String bucket, String key) {
    try (var content = store.getBlob(bucket, key)) {
      return content.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  public void put(String bucket, String key, String content) {
    var bytes = content.getBytes(StandardCharsets.UTF_8);
    store.putBlob(
        PutObjectRequest.builder()
            .bucket(bucket)
            .key(key)
            .contentLength((long) bytes.length)
            .build(),
        new ByteArrayInputStream(bytes));
  }

  public void delete(String bucket, String key) {
    store.removeBlob(bucket, key);
  }

  /** The keys of what was begun in parts, and not completed. */
  public List<String> openParts(String bucket) {
    return store.listMultipartUploads(bucket).stream().map(MultipartUpload::key).toList();
  }
}
