/** The files of a sandbox, whether it runs or not. */
import { useQueryClient } from '@tanstack/react-query'
import { FilePlus2, RotateCw, Upload } from 'lucide-react'
import { useState } from 'react'

import { exportUrl } from '~/api/files'
import { keys } from '~/api/keys'
import { Button } from '~/ui/button'
import { Download } from '~/ui/download'
import { Empty, Panel } from '~/ui/panel'
import { DeleteFile, NewFile } from './file_dialogs'
import { FilePane } from './file_pane'
import { Tree } from './tree'
import { UploadFiles } from './upload_files'

interface FilesViewProps {
  sandbox: string
  path: string | undefined
  onOpen: (path: string | undefined) => void
}

export function FilesView({ sandbox, path, onOpen }: FilesViewProps) {
  const client = useQueryClient()
  const [newIn, setNewIn] = useState<string>()
  const [doomed, setDoomed] = useState<string>()
  const [uploadTo, setUploadTo] = useState<string>()
  const close = (): void => {
    setNewIn(undefined)
    setDoomed(undefined)
    setUploadTo(undefined)
  }
  return (
    <div className="grid items-start gap-5 lg:grid-cols-[minmax(14rem,20rem)_minmax(0,1fr)]">
      <Panel
        title="Files"
        flush
        aside={
          <>
            <Button
              look="bare"
              label="New file"
              icon={<FilePlus2 size={15} />}
              onClick={() => setNewIn('')}
            />
            <Button
              look="bare"
              label="Upload files"
              icon={<Upload size={15} />}
              onClick={() => setUploadTo('')}
            />
            <Button
              look="bare"
              label="Look again"
              icon={<RotateCw size={14} />}
              onClick={() => void client.invalidateQueries({ queryKey: keys.files(sandbox) })}
            />
            <Download href={exportUrl(sandbox)}>Export as zip</Download>
          </>
        }
      >
        <div className="max-h-[70vh] overflow-y-auto p-1.5">
          <Tree
            sandbox={sandbox}
            selected={path}
            onOpen={onOpen}
            onNewFile={setNewIn}
            onUpload={setUploadTo}
            onDelete={setDoomed}
          />
        </div>
      </Panel>
      {path === undefined ? (
        <Panel title="No file is open">
          <Empty title="Open a file">It can be edited whether the sandbox runs or not.</Empty>
        </Panel>
      ) : (
        <FilePane key={path} sandbox={sandbox} path={path} />
      )}
      {newIn !== undefined && (
        <NewFile
          sandbox={sandbox}
          folder={newIn}
          onClose={close}
          onMade={made => {
            close()
            onOpen(made)
          }}
        />
      )}
      {uploadTo !== undefined && (
        <UploadFiles sandbox={sandbox} folder={uploadTo} onClose={close} />
      )}
      {doomed !== undefined && (
        <DeleteFile sandbox={sandbox} path={doomed} isFolder onClose={close} onDeleted={close} />
      )}
    </div>
  )
}
