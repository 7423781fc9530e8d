"""The application: routes, the guard before all of them, and what stands around it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI, Request
from fastapi.responses import JSONResponse

import mengbi
from mengbi.faces.api import problems
from mengbi.faces.api.access import Access, guard
from mengbi.faces.api.health import Meters
from mengbi.faces.api.limits import Limits
from mengbi.faces.api.outer import Outer
from mengbi.faces.api.state import Studio
from mengbi.faces.api.stream import Hub
from mengbi.studio.store import Store

DESCRIPTION = "Words become paintings, on your own machine. Errors are problem+json; pages have a cursor `next`."


def make_app(store: Store, entrance: Access) -> FastAPI:
    """The studio as an ASGI application. Raises BriefError for an access that lets anybody in."""
    from mengbi.faces import web
    from mengbi.faces.api import (
        a1111,
        a1111_lists,
        avatars,
        health,
        jobs,
        openai,
        options,
        people,
        pictures,
        sources,
        stream,
        trainings,
    )
    from mengbi.faces.api import web as page

    entrance.check()
    studio = Studio(store=store, access=entrance, hub=Hub(store), limits=Limits(), meters=Meters())

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        studio.stopping.set()
        await studio.hub.close()

    app = FastAPI(
        title="Mengbi 梦笔", version=mengbi.__version__, description=DESCRIPTION, lifespan=lifespan,
        dependencies=[Depends(guard)], docs_url=None, redoc_url=None, openapi_url=None,
    )  # fmt: skip
    app.state.studio = studio
    problems.install(app)
    rooms = (  # what is asked for most comes first
        jobs, stream, health, people, options, sources, pictures, avatars, trainings, openai, a1111, a1111_lists,
    )  # fmt: skip
    for room in rooms:
        others = room in (openai, a1111, a1111_lists)
        app.include_router(room.router, responses=problems.DIALECTS if others else problems.ANSWERS)

    @app.get("/openapi.json", include_in_schema=False)
    def openapi(request: Request) -> JSONResponse:
        """This API, described."""
        return JSONResponse(problems.described(request.app.openapi()))

    app.include_router(page.door)
    app.include_router(page.router)  # last: it takes every path that is left
    app.add_middleware(Outer, studio=studio, policy=web.policy())
    return app
