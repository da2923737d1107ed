package io.layover.storage.s3;

import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.services.s3.model.CopyObjectRequest;
import software.amazon.awssdk.services.s3.model.CreateMultipartUploadRequest;
import software.amazon.awssdk.services.s3.model.PutObjectRequest;
import software.amazon.awssdk.services.s3.model.ServerSideEncryption;

/**
 * How objects are stored.
 *
 * @param encrypted true: S3 encrypts them
 * @param keyId the key that it takes for that; absent: one of its own
 * @param storageClass absent: the bucket's
 * @param acl absent: only the bucket's owner, as S3 has it by default
 */
public record ObjectForm(
    boolean encrypted,
    @Nullable String keyId,
    @Nullable String storageClass,
    @Nullable String acl) {

  private @Nullable ServerSideEncryption encryption() {
    if (!encrypted) {
      return null;
    }
    return keyId == null ? ServerSideEncryption.AES256 : ServerSideEncryption.AWS_KMS;
  }

  PutObjectRequest.Builder apply(PutObjectRequest.Builder request) {
    return request
        .serverSideEncryption(encryption())
        .ssekmsKeyId(keyId)
        .storageClass(storageClass)
        .acl(acl);
  }

  CreateMultipartUploadRequest.Builder apply(CreateMultipartUploadRequest.Builder request) {
    return request
        .serverSideEncryption(encryption())
        .ssekmsKeyId(keyId)
        .storageClass(storageClass)
        .acl(acl);
  }

  CopyObjectRequest.Builder apply(CopyObjectRequest.Builder request) {
    return request
        .serverSideEncryption(encryption())
        .ssekmsKeyId(keyId)
        .storageClass(storageClass)
        .acl(acl);
  }
}
