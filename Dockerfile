# Layover in an image: a Java of the modules that it needs, the jar, and an ahead-of-time cache for a
# fast start. No shell, no package manager, not root; works with a read-only root file system as long
# as /tmp is writable and may execute (native libraries are unpacked there).
#
#   docker buildx build --platform linux/amd64,linux/arm64 -t layover .
ARG BUILD=maven:3.9-eclipse-temurin-25
ARG BASE=gcr.io/distroless/java-base-debian12:nonroot

FROM ${BUILD} AS build
WORKDIR /src
COPY pom.xml ./
COPY src ./src
RUN --mount=type=cache,target=/root/.m2 mvn -q -B -DskipTests package
COPY deploy/jre-modules deploy/jvm.flags deploy/train ./deploy/
RUN jlink --add-modules "$(cat deploy/jre-modules)" --strip-java-debug-attributes \
      --no-header-files --no-man-pages --output /opt/layover/java && \
    cp target/layover.jar deploy/jvm.flags /opt/layover/ && \
    deploy/train /opt/layover/java/bin/java /opt/layover/layover.jar /opt/layover/layover.aot \
      @/opt/layover/jvm.flags && \
    mkdir -p /var/lib/registry

FROM ${BASE}
COPY --from=build /opt/layover /opt/layover
COPY --from=build --chown=65532:65532 /var/lib/registry /var/lib/registry
COPY config/image.yml /etc/distribution/config.yml
USER 65532:65532
VOLUME /var/lib/registry
EXPOSE 5000 5001
# As in ./layover. More memory: -e _JAVA_OPTIONS="-Xmx300m", which wins over deploy/jvm.flags.
ENV MALLOC_ARENA_MAX=2
ENTRYPOINT ["/opt/layover/java/bin/java", "@/opt/layover/jvm.flags", \
    "-XX:AOTCache=/opt/layover/layover.aot", "-Xlog:aot*=off", "-jar", "/opt/layover/layover.jar"]
CMD ["serve", "/etc/distribution/config.yml"]
