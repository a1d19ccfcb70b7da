"""fermata certificates."""

import click


@click.command(
    epilog="""\b
Examples:
  fermata certificates tls
  fermata certificates tls-worker7 --ca tls
  dask scheduler --protocol tls --tls-ca-file tls/ca.pem --tls-cert tls/cert.pem --tls-key tls/key.pem
  dask worker tls://HOST:8786 --nthreads 1 --tls-ca-file tls/ca.pem --tls-cert tls/cert.pem --tls-key tls/key.pem
  fermata score /archive --out labels --scheduler tls://HOST:8786 --set cluster.security=tls
"""
)
@click.argument("folder", metavar="DIR")
@click.option("--ca", metavar="DIR", help="Sign with the authority of this folder instead of a new one.")
@click.option("--days", default=365, show_default=True, type=click.IntRange(1, 3650), help="How long they hold.")
def command(folder: str, ca: str | None, days: int) -> None:
    """Make the certificates by which the processes of a Dask cluster know each other.

    DIR gets ca.pem, cert.pem and key.pem, for every machine of the cluster, and ca-key.pem, for none: with it, --ca
    makes more.
    """
    from pathlib import Path

    from tasks import certificates

    certificates.write(Path(folder), days, Path(ca) if ca else None)
    click.echo(
        f"made {folder}: {certificates.AUTHORITY}, {certificates.HOST} and {certificates.HOST_KEY} for the hosts"
    )
    if ca is None:
        click.echo(f"keep {folder}/{certificates.AUTHORITY_KEY} to yourself: who has it can join the cluster")
