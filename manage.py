#!/usr/bin/env python
"""The portal's commands."""

import os
import sys

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cse_portal.settings")
    if sys.argv[1:2] == ["demo"] and not {"-h", "--help"} & set(sys.argv):
        from cse_portal.lib.demonstration import prepare

        prepare()  # before the settings are read: they depend on it

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)
