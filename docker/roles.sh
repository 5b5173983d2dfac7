#!/bin/sh
# Runs once, when the database volume is new: the role that owns the tables, and the one the product runs as.
set -eu
psql -v ON_ERROR_STOP=1 -v owner_password="$OWNER_PASSWORD" -v app_password="$APP_PASSWORD" \
  --username "$POSTGRES_USER" --dbname postgres <<'SQL'
CREATE ROLE kumala_owner LOGIN NOSUPERUSER PASSWORD :'owner_password';
CREATE ROLE kumala LOGIN NOSUPERUSER PASSWORD :'app_password';
CREATE DATABASE kumala OWNER kumala_owner;
REVOKE ALL ON DATABASE kumala FROM PUBLIC;
GRANT CONNECT ON DATABASE kumala TO kumala;
SQL
