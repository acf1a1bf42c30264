# Assay in a container: built on Debian 12, run on its slim image as an unprivileged user.
#
#   docker build -t assay .
#   docker run --rm -p 127.0.0.1:8080:8080 -v assay:/var/lib/assay assay

FROM debian:bookworm AS build
WORKDIR /src/assay
COPY src/deps.sh src/deps.sh
RUN src/deps.sh build
COPY . .
RUN PATH="$PWD/build/node/bin:$PATH" make program

FROM debian:bookworm-slim
# PostgreSQL is for the embedded database; without a cluster of Debian's own.
RUN mkdir -p /etc/postgresql-common/createcluster.d \
	&& echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.d/assay.conf \
	&& apt-get update \
	&& DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
		libmicrohttpd12 libjansson4 libpq5 libjwt0 libssl3 libargon2-1 libcsv3 \
		libcurl4 libical3 ca-certificates postgresql poppler-utils \
	&& rm -rf /var/lib/apt/lists/* \
	&& useradd --system --user-group --uid 990 --no-create-home --home-dir /var/lib/assay \
		--shell /usr/sbin/nologin assay \
	&& install -d -o assay -g assay -m 0700 /var/lib/assay
COPY --from=build /src/assay/build/assay /src/assay/build/assay-calendar /usr/local/bin/

USER assay
VOLUME /var/lib/assay
EXPOSE 8080
ENV ASSAY_DATA_DIR=/var/lib/assay ASSAY_LISTEN=0.0.0.0:8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=60s \
	CMD ["bash", "-c", "exec 3<>/dev/tcp/127.0.0.1/8080 && printf 'GET /health/ready HTTP/1.1\\r\\nHost: localhost\\r\\nConnection: close\\r\\n\\r\\n' >&3 && head -n 1 <&3 | grep -q ' 200 '"]
ENTRYPOINT ["assay"]
CMD ["serve"]
