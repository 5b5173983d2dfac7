# The production image, and the proxy's. The commands are those of the Makefile.

FROM node:24-bookworm-slim AS front
WORKDIR /srv/kumala
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM postgres:18-bookworm AS database

FROM python:3.11-slim-bookworm AS product
RUN apt-get update \
 && apt-get install -y --no-install-recommends \
      libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core fonts-noto-color-emoji \
      restic rclone openssh-client mariadb-server libpq5 libicu72 libxml2 \
      fonts-tlwg-loma-ttf fonts-wqy-microhei \
 && rm -rf /var/lib/apt/lists/*
# Dumps need programs of the server's version, and drills a throwaway server; Debian 12 has an older one.
COPY --from=database /usr/lib/postgresql/18 /usr/lib/postgresql/18
COPY --from=database /usr/share/postgresql/18 /usr/share/postgresql/18
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 MALLOC_ARENA_MAX=2 \
    DJANGO_SETTINGS_MODULE=kumala_itsm.settings STATIC_ROOT=/srv/static MEDIA_ROOT=/srv/media
WORKDIR /srv/kumala
COPY requirements/production.txt requirements/
RUN python -m pip install --no-cache-dir --require-hashes --requirement requirements/production.txt
COPY --from=front /srv/kumala/node_modules node_modules
COPY . .
# The key below signs nothing: collecting files needs settings that load.
RUN python -c "from kumala_itsm.local import translations, product; translations.compile_changed(product.ROOT)" \
 && SECRET_KEY=only-for-building-the-image python manage.py collectstatic --no-input --verbosity=0 --ignore redoc \
 && groupadd --gid 10001 kumala && useradd --uid 10001 --gid kumala --no-create-home kumala \
 && mkdir -p /srv/media /srv/schedule /srv/anchor /srv/backups \
 && chown kumala:kumala /srv/media /srv/schedule /srv/anchor /srv/backups
USER 10001:10001
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "kumala_itsm.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "8", "--timeout", "60", "--max-requests", "1000", "--max-requests-jitter", "200", "--no-control-socket", "--preload", "--worker-tmp-dir", "/dev/shm", "--access-logfile", "-"]

FROM caddy:2-alpine AS proxy
COPY docker/Caddyfile /etc/caddy/Caddyfile
RUN adduser -D -H -u 10002 kumala && mkdir -p /data /config && chown -R kumala /data /config
USER 10002
