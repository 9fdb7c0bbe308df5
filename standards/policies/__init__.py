"""Who may do what with the Standard, its audits and certifications: plain predicates, a file a noun."""

from .audits import *  # noqa: F403
from .editions import *  # noqa: F403
from .findings import *  # noqa: F403
from .preparation import *  # noqa: F403
from .programme import *  # noqa: F403
from .register import *  # noqa: F403
from .reports import *  # noqa: F403
from .standing import *  # noqa: F403
