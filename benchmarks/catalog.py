"""How quick the catalog is in an account of thousands of templates, on a slow machine.

    python -m benchmarks.catalog [--templates 5000] [--slowdown 4] [--runs 3]

A browser whose CPU is slowed down opens the catalog, and scrolls through all templates. Wall times
need a quiet machine. CPU times of the page's main thread, beside them, mean something on a busy one
as well. The memory is that after a garbage collection. Chromium has to be installed.
"""

import asyncio
import itertools
import re
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
import httpx
from playwright.async_api import CDPSession, Page, async_playwright
from pymongo import MongoClient

from app.storage import embedded
from app.storage.codec import to_document
from benchmarks.templates import TemplateGenerator
