"""python -m app"""

from app.cli.program import main

main(prog_name="python -m app")
